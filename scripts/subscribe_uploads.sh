#!/bin/sh
# Second phase of a deployment: sends the events of new uploads to the app (bicep/upload-events.bicep).
# Runs after each `azd deploy`; running it again changes nothing.
#
# Takes the subscription and the outputs of main.bicep from the environment, where azd puts them.
set -eu

: "${AZURE_SUBSCRIPTION_ID:?is the subscription of the deployment}"
: "${AZURE_RESOURCE_GROUP:?is an output of main.bicep}"
: "${AZURE_FUNCTION_APP_NAME:?is an output of main.bicep}"
: "${UPLOADS_TOPIC_NAME:?is an output of main.bicep}"
: "${UPLOADS_ACCOUNT_NAME:?is an output of main.bicep}"

start_attempts=${START_ATTEMPTS:-20}
start_wait_s=${START_WAIT_S:-15}
subscribe_attempts=${SUBSCRIBE_ATTEMPTS:-5}
subscribe_wait_s=${SUBSCRIBE_WAIT_S:-10}

error=$(mktemp)
trap 'rm -f "$error"' EXIT

azure() {
  az "$@" --subscription "$AZURE_SUBSCRIPTION_ID" 2> "$error"
}

# What az said last comes first, without the key that is part of the app's address.
stop() {
  sed 's/code=[^&"'\'' ]*/code=.../g' "$error" >&2
  echo "durable-vod: $1" >&2
  exit 1
}

# Ends at once where no waiting helps.
stop_if_not_allowed() {
  case $(cat "$error") in
  *'az login'* | *AADSTS*)
    stop 'the Azure CLI is not signed in: az login' ;;
  *"Subscription '"*'not found'* | *"The subscription of '"*"doesn't exist"* | *SubscriptionNotFound*)
    stop "this sign-in does not see the subscription $AZURE_SUBSCRIPTION_ID: az login --tenant ..." ;;
  *AuthorizationFailed* | *'does not have authorization'*)
    # The topic may be in another group than the app.
    group=$(sed -n "s#.*over scope '[^']*/resource[Gg]roups/\([^/']*\).*#\1#p" "$error" | head -n 1)
    stop "this account may not do that: it needs the role Contributor in ${group:-$AZURE_RESOURCE_GROUP}" ;;
  esac
}

has_blob_key() {
  found=$(azure functionapp keys list \
    --resource-group "$AZURE_RESOURCE_GROUP" --name "$AZURE_FUNCTION_APP_NAME" \
    --query "contains(keys(systemKeys || \`{}\`), 'blobs_extension')" --output tsv) || return 1
  # What az says of itself, such as that there is a newer one, is no error.
  : > "$error"
  [ "$found" = true ]
}

# The host makes the key of the blob webhook when it has indexed the functions, after a while. Until it
# answers, Azure says "Bad Request", or that the host runtime had an error.
until has_blob_key; do
  stop_if_not_allowed
  case $(cat "$error") in
  *ResourceNotFound* | *ResourceGroupNotFound*)
    stop "there is no app $AZURE_FUNCTION_APP_NAME in $AZURE_RESOURCE_GROUP: deploy it first" ;;
  '' | *'host runtime'* | *'Bad Request'* | *'Service Unavailable'*)
    reason='the app has not started: see "The app does not start" in docs/deploy.md' ;;
  *)
    reason='az could not ask whether the app has started' ;;
  esac
  start_attempts=$((start_attempts - 1))
  [ "$start_attempts" -gt 0 ] || stop "$reason"
  sleep "$start_wait_s"
done

# Event Grid asks the app to confirm its address; now and then that fails though all is well
# (azure-functions-host issue 6402).
until azure deployment group create \
  --resource-group "$AZURE_RESOURCE_GROUP" \
  --name upload-events \
  --template-file "$(dirname "$0")/../bicep/upload-events.bicep" \
  --parameters \
  "functionAppName=$AZURE_FUNCTION_APP_NAME" \
  "topicName=$UPLOADS_TOPIC_NAME" \
  "topicResourceGroup=${UPLOADS_TOPIC_RESOURCE_GROUP:-$AZURE_RESOURCE_GROUP}" \
  "uploadsAccountName=$UPLOADS_ACCOUNT_NAME" \
  "uploadsResourceGroup=${UPLOADS_RESOURCE_GROUP:-$AZURE_RESOURCE_GROUP}" \
  "uploadsContainer=${UPLOADS_CONTAINER:-uploads}" \
  "subscriptionName=${UPLOADS_SUBSCRIPTION_NAME:-uploads}" \
  "lostEventsContainer=${LOST_EVENTS_CONTAINER:-lost-events}" \
  --output none; do
  stop_if_not_allowed
  subscribe_attempts=$((subscribe_attempts - 1))
  [ "$subscribe_attempts" -gt 0 ] ||
    stop 'no events of uploads: see "The events cannot be subscribed to" in docs/deploy.md'
  sleep "$subscribe_wait_s"
  subscribe_wait_s=$((subscribe_wait_s * 2))
done
echo "Uploads to $UPLOADS_ACCOUNT_NAME/${UPLOADS_CONTAINER:-uploads} now start jobs."
