// The topic that tells of new blobs. Who listens is said in upload-events.bicep, after the code is
// there: only then has the app the key that a subscription's address needs.

import { Tags } from 'types.bicep'

param name string
param tags Tags
param uploadsAccountId string

@description('That of the account, which a topic has to share.')
param location string

@description('The account has its topic already, since one account has one: it stays as it is.')
param isExisting bool

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = if (!isExisting) {
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

resource existingTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = if (isExisting) {
  name: name
}

output id string = isExisting ? existingTopic.id : topic.id

@description('An existing topic needs an identity of its own, or this fails.')
output principalId string = isExisting
  ? existingTopic!.identity.principalId
  : topic!.identity.principalId
