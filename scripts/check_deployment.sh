#!/bin/sh
# Says what is missing before `azd up` has made half of it.
set -eu

complain() {
  echo "durable-vod: $1" >&2
  exit 1
}

command -v az >/dev/null || complain 'the Azure CLI is needed, for the events of new uploads: install az'
# A token, since `az account show` only reads what an earlier sign-in left. The first `azd up` asks for
# the subscription after this.
if ! error=$(az account get-access-token --output none \
  ${AZURE_SUBSCRIPTION_ID:+--subscription "$AZURE_SUBSCRIPTION_ID"} 2>&1); then
  echo "$error" >&2
  complain "the Azure CLI is not signed in${AZURE_SUBSCRIPTION_ID:+ to $AZURE_SUBSCRIPTION_ID}: az login"
fi
if [ "${HOSTING:-flex}" = premium ]; then
  complain 'azd cannot publish to a premium app: azd provision, then scripts/publish_package.sh'
fi
if [ "${SPOT_INSTANCE_COUNT:-0}" -gt 0 ] && [ -z "${SPOT_SSH_PUBLIC_KEY:-}" ]; then
  # shellcheck disable=SC2016  # it is for the reader to run
  complain 'spot machines need a key: azd env set SPOT_SSH_PUBLIC_KEY "$(cat ~/.ssh/id_ed25519.pub)"'
fi
