// Second phase, after the code is deployed: events of new uploads go to the app.
//
//   az deployment group create -g GROUP -f bicep/upload-events.bicep -p functionAppName=... ...
//
// GROUP is the app's. scripts/subscribe_uploads.sh calls it, as the last step of `azd up`.

targetScope = 'resourceGroup'

@description('Name of the function app: output AZURE_FUNCTION_APP_NAME.')
param functionAppName string

@description('Name of the Event Grid topic: output UPLOADS_TOPIC_NAME.')
param topicName string

@description('Where the topic is: output UPLOADS_TOPIC_RESOURCE_GROUP.')
param topicResourceGroup string = resourceGroup().name

@description('Name of the account that has the uploads: output UPLOADS_ACCOUNT_NAME.')
param uploadsAccountName string

@description('Where the account is: output UPLOADS_RESOURCE_GROUP.')
param uploadsResourceGroup string = resourceGroup().name

@description('Container whose new blobs start jobs.')
param uploadsContainer string = 'uploads'

@description('Container that keeps events which could not be delivered.')
param lostEventsContainer string = 'lost-events'

@description('Name of the subscription: output UPLOADS_SUBSCRIPTION_NAME.')
param subscriptionName string = 'uploads'

@description('For how long Event Grid tries to deliver an event, in minutes.')
@minValue(1)
@maxValue(1440)
param eventTimeToLiveMinutes int = 1440

resource app 'Microsoft.Web/sites@2024-11-01' existing = { name: functionAppName }
resource uploads 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: uploadsAccountName
  scope: resourceGroup(uploadsResourceGroup)
}

// In the group of the topic, which may be one that was there before.
module subscription 'modules/event-subscription.bicep' = {
  scope: resourceGroup(topicResourceGroup)
  params: {
    topicName: topicName
    name: subscriptionName
    functionAppId: app.id
    functionAppHostName: app.properties.defaultHostName
    uploadsAccountId: uploads.id
    uploadsContainer: uploadsContainer
    lostEventsContainer: lostEventsContainer
    eventTimeToLiveMinutes: eventTimeToLiveMinutes
  }
}

output subscriptionId string = subscription.outputs.id
