#!/bin/sh
# Examines a deployment and sends a clip through it: `vod doctor` with the names that azd has.
# Needs make setup, and a sign-in by `az login` that may upload.
#
# Takes the outputs of main.bicep from the environment, where azd puts them; what stands behind the
# command goes to `vod doctor`.
set -eu

: "${AZURE_RESOURCE_GROUP:?is an output of main.bicep}"
: "${AZURE_FUNCTION_APP_NAME:?is an output of main.bicep}"
: "${AZURE_FUNCTION_APP_URL:?is an output of main.bicep}"
: "${UPLOADS_ACCOUNT_NAME:?is an output of main.bicep}"

vod=$(dirname "$0")/../.venv/bin/vod
if [ ! -x "$vod" ]; then
  echo 'durable-vod: the doctor is not installed: run make setup first' >&2
  exit 2
fi

if [ -z "${DURABLE_VOD_KEY:-}" ]; then
  # What az has to say about a failure is said.
  DURABLE_VOD_KEY=$(az functionapp keys list \
    ${AZURE_SUBSCRIPTION_ID:+--subscription "$AZURE_SUBSCRIPTION_ID"} \
    --resource-group "$AZURE_RESOURCE_GROUP" --name "$AZURE_FUNCTION_APP_NAME" \
    --query functionKeys.default --output tsv) || {
    echo "durable-vod: there is no function key of $AZURE_FUNCTION_APP_NAME: see above" >&2
    exit 2
  }
fi

DURABLE_VOD_URL=$AZURE_FUNCTION_APP_URL
export DURABLE_VOD_KEY DURABLE_VOD_URL
exec "$vod" doctor "$@"
