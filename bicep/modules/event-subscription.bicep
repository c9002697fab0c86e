// The subscription that sends events of new uploads to the app.

param topicName string
param name string
param functionAppId string
param functionAppHostName string
param uploadsAccountId string
param uploadsContainer string
param lostEventsContainer string
param eventTimeToLiveMinutes int

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = { name: topicName }

// The key is made by the host when it first finds a blob trigger of this kind.
var blobsKey = listKeys('${functionAppId}/host/default', '2024-11-01').systemKeys.blobs_extension
var webhook = 'https://${functionAppHostName}/runtime/webhooks/blobs'

resource subscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: name
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
        properties: { resourceId: uploadsAccountId, blobContainerName: lostEventsContainer }
      }
    }
  }
}

output id string = subscription.id
