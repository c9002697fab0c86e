#!/bin/sh
# Asks Azure whether the chosen region has Flex Consumption, with the chosen Python, before anything is made
# there. Azure's answer is never out of date, as a list in here would be.
#
# Runs before `azd provision`, and so in `azd up`, which knows the region by then.
set -eu

[ "${HOSTING:-flex}" = flex ] && [ -n "${AZURE_LOCATION:-}" ] || exit 0
region=$(printf '%s' "$AZURE_LOCATION" | tr '[:upper:]' '[:lower:]' | tr -d ' ')
python=${FUNCTIONS_PYTHON_VERSION:-3.11}
set --
[ -z "${AZURE_SUBSCRIPTION_ID:-}" ] || set -- --subscription "$AZURE_SUBSCRIPTION_ID"

# want WHAT VARIABLE LIST: the list has it, or the deployment ends here.
want() {
  if ! printf '%s\n' "$3" | grep -qxF "$1"; then
    printf 'durable-vod: Flex Consumption does not have %s: azd env set %s to one of these: ' "$1" "$2" >&2
    printf '%s\n' "$3" | paste -sd ' ' >&2
    exit 1
  fi
}

# Who cannot ask learns it from the deployment itself.
if ! regions=$(az functionapp list-flexconsumption-locations "$@" \
  --query '[].name' --output tsv); then
  echo 'durable-vod: Azure did not say which regions have Flex Consumption; going on' >&2
  exit 0
fi
want "$region" AZURE_LOCATION "$regions"

if ! versions=$(az functionapp list-flexconsumption-runtimes "$@" \
  --location "$region" --runtime python --query '[].version' --output tsv); then
  echo "durable-vod: Azure did not say which Python $region has; going on" >&2
  exit 0
fi
want "$python" FUNCTIONS_PYTHON_VERSION "$versions"
