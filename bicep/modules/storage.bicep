// Three accounts: what the host needs, what comes in, and what goes out.
//
//   host      deployed package, task hub, the host's own leases   private
//   uploads   uploads, work, failed, events that got lost         private, versioned, lifecycle
//   delivery  videos                                              readable by name, behind Front Door
//
// The host's leases change every few seconds: in a versioned account each change would be kept.

import { Containers, Lifecycle, Tags } from 'types.bicep'

param names { host: string, uploads: string, delivery: string }
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

module host 'storage-account.bicep' = {
  params: {
    name: names.host
    location: location
    tags: tags
    sku: 'Standard_LRS'
    containers: [{ name: containers.deployments, publicAccess: 'None' }]
    softDeleteDays: 0
    isPrivate: isPrivate
    allowedIpRanges: allowedIpRanges
  }
}

module uploads 'storage-account.bicep' = {
  params: {
    name: names.uploads
    location: location
    tags: tags
    sku: uploadsRedundancy
    containers: [
      { name: containers.uploads, publicAccess: 'None' }
      { name: containers.work, publicAccess: 'None' }
      { name: containers.failed, publicAccess: 'None' }
      { name: containers.lostEvents, publicAccess: 'None' }
    ]
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

module delivery 'storage-account.bicep' = {
  params: {
    name: names.delivery
    location: location
    tags: tags
    sku: deliveryRedundancy
    containers: [{ name: containers.videos, publicAccess: 'Blob' }]
    readableByWebPages: true
    isPrivate: isDeliveryPrivate
    allowedIpRanges: allowedIpRanges
  }
}

output hostId string = host.outputs.id
output uploadsId string = uploads.outputs.id
output deliveryId string = delivery.outputs.id
