// The topic that tells of new blobs. Who listens is said in upload-events.bicep, after the code is
// there: only then has the app the key that a subscription's address needs.

import { Tags } from 'types.bicep'

param name string
param location string
param tags Tags
param uploadsAccountId string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  // For events that cannot be delivered: they are kept in storage, which takes no keys.
  identity: { type: 'SystemAssigned' }
  properties: {
    source: uploadsAccountId
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

output id string = topic.id
output name string = topic.name
output principalId string = topic.identity.principalId
