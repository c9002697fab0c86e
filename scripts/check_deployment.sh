#!/bin/sh
# Says what is missing before `azd up` has made half of it.
set -eu

complain() {
  echo "durable-vod: $1" >&2
  exit 1
}

command -v az >/dev/null || complain 'the Azure CLI is needed, for the events of new uploads: install az'
az account show --output none 2>/dev/null || complain 'the Azure CLI is not signed in: az login'
if [ "${HOSTING:-flex}" = premium ]; then
  complain 'azd cannot publish to a premium app: azd provision, then scripts/publish_package.sh'
fi
if [ "${SPOT_INSTANCE_COUNT:-0}" -gt 0 ] && [ -z "${SPOT_SSH_PUBLIC_KEY:-}" ]; then
  complain 'spot machines need a key: azd env set SPOT_SSH_PUBLIC_KEY "$(cat ~/.ssh/id_ed25519.pub)"'
fi
