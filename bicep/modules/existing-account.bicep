// A storage account that was there before. What it has stays as it is: the account itself, its rules,
// versions, CORS and firewall, and each container and queue that is there. What is missing is added.

import { Container } from 'types.bicep'

param name string
param containers Container[]
param queues string[] = []

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: name

  resource blobs 'blobServices' existing = { name: 'default' }
  resource queueService 'queueServices' existing = { name: 'default' }
}

// To deploy one that is there would set its public access anew.
@onlyIfNotExists()
resource blobContainers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [
  for container in containers: {
    parent: account::blobs
    name: container.name
    properties: { publicAccess: container.publicAccess }
  }
]

@onlyIfNotExists()
resource accountQueues 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = [
  for queue in queues: {
    parent: account::queueService
    name: queue
  }
]

output id string = account.id
output location string = account.location
