#!/bin/sh
# Second phase of a deployment: sends the events of new uploads to the app (bicep/upload-events.bicep).
# Runs after each `azd deploy`; running it again changes nothing.
#
# Takes the outputs of main.bicep from the environment, where azd puts them.
set -eu

: "${AZURE_RESOURCE_GROUP:?is an output of main.bicep}"
: "${AZURE_FUNCTION_APP_NAME:?is an output of main.bicep}"
: "${UPLOADS_TOPIC_NAME:?is an output of main.bicep}"
: "${UPLOADS_ACCOUNT_NAME:?is an output of main.bicep}"

attempts=${SUBSCRIBE_ATTEMPTS:-20}
wait_s=${SUBSCRIBE_WAIT_S:-15}

has_blob_key() {
  found=$(az functionapp keys list \
    --resource-group "$AZURE_RESOURCE_GROUP" --name "$AZURE_FUNCTION_APP_NAME" \
    --query "contains(keys(systemKeys || \`{}\`), 'blobs_extension')" --output tsv 2>/dev/null) || return 1
  [ "$found" = true ]
}

# The host makes the key of the blob webhook when it has indexed the functions, after a while.
until has_blob_key; do
  attempts=$((attempts - 1))
  if [ "$attempts" -le 0 ]; then
    echo 'durable-vod: the app has not started: see "The app does not start" in docs/deploy.md' >&2
    exit 1
  fi
  sleep "$wait_s"
done

az deployment group create \
  --resource-group "$AZURE_RESOURCE_GROUP" \
  --name upload-events \
  --template-file "$(dirname "$0")/../bicep/upload-events.bicep" \
  --parameters \
  "functionAppName=$AZURE_FUNCTION_APP_NAME" \
  "topicName=$UPLOADS_TOPIC_NAME" \
  "uploadsAccountName=$UPLOADS_ACCOUNT_NAME" \
  "uploadsContainer=${UPLOADS_CONTAINER:-uploads}" \
  "lostEventsContainer=${LOST_EVENTS_CONTAINER:-lost-events}" \
  --output none
echo "Uploads to $UPLOADS_ACCOUNT_NAME/${UPLOADS_CONTAINER:-uploads} now start jobs."
