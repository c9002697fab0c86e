#!/bin/sh
# Keeps `azd down` from deleting what the deployment has not made. azd deletes each resource group that a
# deployment has put something into, with all that is in it (https://github.com/Azure/azure-dev/issues/2916),
# and containers and roles were put into accounts that were there before.
set -eu

group=${AZURE_RESOURCE_GROUP:-rg-${AZURE_ENV_NAME:-vod}}
others=$(printf '%s\n' "${UPLOADS_RESOURCE_GROUP:-}" "${UPLOADS_TOPIC_RESOURCE_GROUP:-}" \
  "${DELIVERY_RESOURCE_GROUP:-}" "${EXISTING_UPLOADS_RESOURCE_GROUP:-}" \
  "${EXISTING_DELIVERY_RESOURCE_GROUP:-}" | sort -u | sed '/^$/d' | grep -vxF "$group" | paste -sd ' ' -)
if [ -n "$others" ]; then
  echo "durable-vod: azd down may delete all of $others, too: az group delete --name $group" >&2
  exit 1
fi
for account in "${EXISTING_UPLOADS_ACCOUNT:-}" "${EXISTING_DELIVERY_ACCOUNT:-}"; do
  if [ -n "$account" ]; then
    echo "durable-vod: $account was there before, and is in $group: delete the rest of it by hand" >&2
    exit 1
  fi
done
