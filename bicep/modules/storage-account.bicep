// One storage account. No account has keys that work: everyone comes with an identity.

import { Container, Tags } from 'types.bicep'

@description('The account as the other modules know it.')
param name string
param location string
param tags Tags
param sku string
param containers Container[]

@description('Queues to make.')
param queues string[] = []

@description('Keep what an overwrite or a deletion replaces as a version.')
param versioning bool = false

@description('For how many days a deleted blob or container can be brought back; 0 for never.')
param softDeleteDays int = 7

@description('Let web pages of any origin read blobs, as players do.')
param readableByWebPages bool = false

@description('Rules of the lifecycle policy; none: everything stays.')
param lifecycleRules resourceInput<'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01'>.properties.policy.rules = []

@description('Reachable from the virtual network and from allowedIpRanges only.')
param isPrivate bool = false
param allowedIpRanges string[] = []

var isPublic = !empty(filter(containers, container => container.publicAccess != 'None'))
var retention = softDeleteDays == 0 ? { enabled: false } : { enabled: true, days: softDeleteDays }

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: isPublic
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate && empty(allowedIpRanges) ? 'Disabled' : 'Enabled'
    networkAcls: {
      // Event Grid is one of these services: its dead letters come from outside the network.
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      ipRules: [for range in isPrivate ? allowedIpRanges : []: { action: 'Allow', value: range }]
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: versioning
    deleteRetentionPolicy: retention
    containerDeleteRetentionPolicy: retention
    cors: {
      corsRules: readableByWebPages
        ? [
            {
              allowedOrigins: ['*']
              allowedMethods: ['GET', 'HEAD', 'OPTIONS']
              allowedHeaders: ['*']
              exposedHeaders: ['*']
              maxAgeInSeconds: 3600
            }
          ]
        : []
    }
  }
}

resource blobContainers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [
  for container in containers: {
    parent: blobs
    name: container.name
    properties: { publicAccess: container.publicAccess }
  }
]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = if (!empty(queues)) {
  parent: account
  name: 'default'
}

resource accountQueues 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = [
  for queue in queues: {
    parent: queueService
    name: queue
  }
]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = if (!empty(lifecycleRules)) {
  parent: account
  name: 'default'
  properties: { policy: { rules: lifecycleRules } }
  // A rule on versions is refused as long as there are none.
  dependsOn: [blobs]
}

output id string = account.id
output location string = account.location
