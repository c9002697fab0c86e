// Three accounts: what the host needs, what comes in, and what goes out.
//
//   host      deployed package, task hub, the host's own leases   private
//   uploads   uploads, work, failed, events that got lost         private, versioned, lifecycle
//   delivery  videos                                              readable by name, or by Front Door
//
// The host's leases change every few seconds: in a versioned account each change would be kept. Uploads and
// delivery may be accounts that were there before: those only get what they miss.

import { Accounts, Container, Containers, Lifecycle, Tags } from 'types.bicep'

param accounts Accounts
param containers Containers
param location string
param tags Tags
param uploadsRedundancy string
param deliveryRedundancy string
param lifecycle Lifecycle

@description('Uploads and the host are reachable from the virtual network only.')
param isPrivate bool

@description('Delivery too: Front Door reaches it through Private Link.')
param isDeliveryPrivate bool
param allowedIpRanges string[]

@description('Anyone may read a video whose name they know; otherwise a role is needed.')
param isDeliveryPublic bool

var uploadsContainers Container[] = [
  { name: containers.uploads, publicAccess: 'None' }
  { name: containers.work, publicAccess: 'None' }
  { name: containers.failed, publicAccess: 'None' }
  { name: containers.lostEvents, publicAccess: 'None' }
]
var deliveryContainers Container[] = [
  { name: containers.videos, publicAccess: isDeliveryPublic ? 'Blob' : 'None' }
]

// Where the blob trigger puts events that it gives up on. The name is the host's; as long as the queue
// is missing, whoever listens to it warns every two seconds.
var uploadsQueues = ['webjobs-blobtrigger-poison']

module host 'storage-account.bicep' = {
  params: {
    name: accounts.host.name
    location: location
    tags: tags
    sku: 'Standard_LRS'
    containers: [{ name: containers.deployments, publicAccess: 'None' }]
    softDeleteDays: 0
    isPrivate: isPrivate
    allowedIpRanges: allowedIpRanges
  }
}

module uploads 'storage-account.bicep' = if (!accounts.uploads.isExisting) {
  params: {
    name: accounts.uploads.name
    location: location
    tags: tags
    sku: uploadsRedundancy
    containers: uploadsContainers
    queues: uploadsQueues
    versioning: true
    softDeleteDays: lifecycle.softDeleteDays
    lifecycleRules: [
      {
        name: 'sources'
        type: 'Lifecycle'
        definition: {
          filters: { blobTypes: ['blockBlob'], prefixMatch: ['${containers.uploads}/'] }
          actions: {
            baseBlob: {
              tierToCool: { daysAfterModificationGreaterThan: lifecycle.sourceCoolDays }
              tierToArchive: { daysAfterModificationGreaterThan: lifecycle.sourceArchiveDays }
            }
            version: {
              delete: { daysAfterCreationGreaterThan: lifecycle.replacedSourceDeleteDays }
            }
          }
        }
      }
      {
        name: 'work'
        type: 'Lifecycle'
        definition: {
          filters: { blobTypes: ['blockBlob'], prefixMatch: ['${containers.work}/'] }
          actions: {
            baseBlob: { delete: { daysAfterModificationGreaterThan: lifecycle.workDeleteDays } }
            // Progress notes are overwritten every few seconds.
            version: { delete: { daysAfterCreationGreaterThan: 1 } }
          }
        }
      }
      {
        name: 'failed'
        type: 'Lifecycle'
        definition: {
          filters: {
            blobTypes: ['blockBlob']
            prefixMatch: ['${containers.failed}/', '${containers.lostEvents}/']
          }
          actions: {
            baseBlob: { delete: { daysAfterModificationGreaterThan: lifecycle.failedDeleteDays } }
            version: { delete: { daysAfterCreationGreaterThan: lifecycle.failedDeleteDays } }
          }
        }
      }
    ]
    isPrivate: isPrivate
    allowedIpRanges: allowedIpRanges
  }
}

module existingUploads 'existing-account.bicep' = if (accounts.uploads.isExisting) {
  scope: resourceGroup(accounts.uploads.resourceGroup)
  params: {
    name: accounts.uploads.name
    containers: uploadsContainers
    queues: uploadsQueues
  }
}

module delivery 'storage-account.bicep' = if (!accounts.delivery.isExisting) {
  params: {
    name: accounts.delivery.name
    location: location
    tags: tags
    sku: deliveryRedundancy
    containers: deliveryContainers
    readableByWebPages: true
    isPrivate: isDeliveryPrivate
    allowedIpRanges: allowedIpRanges
  }
}

module existingDelivery 'existing-account.bicep' = if (accounts.delivery.isExisting) {
  scope: resourceGroup(accounts.delivery.resourceGroup)
  params: { name: accounts.delivery.name, containers: deliveryContainers }
}

output hostId string = host.outputs.id
output uploadsId string = accounts.uploads.isExisting
  ? existingUploads!.outputs.id
  : uploads!.outputs.id
output uploadsLocation string = accounts.uploads.isExisting
  ? existingUploads!.outputs.location
  : uploads!.outputs.location
output deliveryId string = accounts.delivery.isExisting
  ? existingDelivery!.outputs.id
  : delivery!.outputs.id
output deliveryLocation string = accounts.delivery.isExisting
  ? existingDelivery!.outputs.location
  : delivery!.outputs.location
