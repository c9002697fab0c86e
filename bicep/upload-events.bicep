// Second phase, after the code is deployed: events of new uploads go to the app.
//
//   az deployment group create -g GROUP -f bicep/upload-events.bicep -p functionAppName=... ...
//
// scripts/subscribe_uploads.sh calls it, as the last step of `azd up`.

targetScope = 'resourceGroup'

@description('Name of the function app: output AZURE_FUNCTION_APP_NAME.')
param functionAppName string

@description('Name of the Event Grid topic: output UPLOADS_TOPIC_NAME.')
param topicName string

@description('Name of the account that has the uploads: output UPLOADS_ACCOUNT_NAME.')
param uploadsAccountName string

@description('Container whose new blobs start jobs.')
param uploadsContainer string = 'uploads'

@description('Container that keeps events which could not be delivered.')
param lostEventsContainer string = 'lost-events'

@description('For how long Event Grid tries to deliver an event, in minutes.')
@minValue(1)
@maxValue(1440)
param eventTimeToLiveMinutes int = 1440

resource app 'Microsoft.Web/sites@2024-11-01' existing = { name: functionAppName }
resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = { name: topicName }
resource uploads 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: uploadsAccountName
}

// The key is made by the host when it first finds a blob trigger of this kind.
var blobsKey = listKeys('${app.id}/host/default', '2024-11-01').systemKeys.blobs_extension
var webhook = 'https://${app.properties.defaultHostName}/runtime/webhooks/blobs'

resource subscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'uploads'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: '${webhook}?functionName=Host.Functions.on_upload&code=${blobsKey}'
        maxEventsPerBatch: 1
      }
    }
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobCreated']
      // With the slash at its end: "uploads-old" begins with "uploads" too.
      subjectBeginsWith: '/blobServices/default/containers/${uploadsContainer}/'
      enableAdvancedFilteringOnArrays: false
      advancedFilters: [
        {
          // Only calls after which a blob is whole; a Data Lake file is announced when it is made, too.
          key: 'data.api'
          operatorType: 'StringIn'
          values: ['PutBlob', 'PutBlockList', 'CopyBlob', 'FlushWithClose']
        }
      ]
    }
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: eventTimeToLiveMinutes
    }
    deadLetterWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: { resourceId: uploads.id, blobContainerName: lostEventsContainer }
      }
    }
  }
}

output subscriptionId string = subscription.id
