// Who may do what: one table for the storage accounts, one for all else that is in the group.
//
// A role assignment's name has the principal's id in it: Azure refuses to give an assignment that is there to
// somebody else, and an identity that is made anew is somebody else.

import { Accounts, Principal, StorageGrant } from 'types.bicep'

@description('Built-in roles, by their ids: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles')
var roles = {
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
  blobReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1' // Storage Blob Data Reader
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88' // Storage Queue Data Contributor
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
  metricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher
  durableTask: '0ad04412-c4d5-4796-b79c-f76d14c8d402' // Durable Task Data Contributor
  imagePuller: '7f951dda-4ed3-4680-a7ca-43fe172d538d' // AcrPull
}

param appPrincipalId string
param topicPrincipalId string

param frontDoorPrincipalId string

@description('Front Door reads videos with its identity; otherwise it has none, and they are public.')
param frontDoorReads bool
param accounts Accounts
param videosContainer string
param insightsName string
param frontDoorName string

@description('Empty: Azure Storage keeps the task hub.')
param schedulerName string

@description('Empty: there is no spot lane.')
param registryName string

@description('Who may upload videos; empty for nobody but those who have the right anyway.')
param uploaderPrincipalId string
param uploaderPrincipalType 'User' | 'Group' | 'ServicePrincipal'

@description('The uploader publishes the code as a package in the host account.')
param uploaderPublishesCode bool

var app Principal = { id: appPrincipalId, type: 'ServicePrincipal' }
var principals = {
  app: app
  topic: { id: topicPrincipalId, type: 'ServicePrincipal' }
  frontDoor: { id: frontDoorPrincipalId, type: 'ServicePrincipal' }
  uploader: { id: uploaderPrincipalId, type: uploaderPrincipalType }
}

// What comes to Front Door goes on to storage with its identity, whatever the query: with the whole role
// any viewer could list the container.
var notListing = '!(ActionMatches{\'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read\'} AND SubOperationMatches{\'Blob.List\'})'

var hostGrants StorageGrant[] = concat(
  [
    // What the Functions host documents for AzureWebJobsStorage, with Durable's task hub.
    { role: roles.blobOwner, who: 'app' }
    { role: roles.queueContributor, who: 'app' }
    { role: roles.tableContributor, who: 'app' }
  ],
  empty(uploaderPrincipalId) || !uploaderPublishesCode
    ? []
    : [{ role: roles.blobContributor, who: 'uploader' }]
)
var uploadsGrants StorageGrant[] = concat(
  [
    // Reads sources, signs read URLs with a user delegation key, writes notes and dead letters.
    { role: roles.blobContributor, who: 'app' }
    // The poison queue.
    { role: roles.queueContributor, who: 'app' }
    // Events that could not be delivered.
    { role: roles.blobContributor, who: 'topic' }
  ],
  empty(uploaderPrincipalId) ? [] : [{ role: roles.blobContributor, who: 'uploader' }]
)
var deliveryGrants StorageGrant[] = concat(
  [{ role: roles.blobContributor, who: 'app' }],
  frontDoorReads
    ? [
        {
          role: roles.blobReader
          who: 'frontDoor'
          container: videosContainer
          condition: notListing
        }
      ]
    : []
)

module onHost 'account-roles.bicep' = {
  params: { accountName: accounts.host.name, grants: hostGrants, principals: principals }
}

// Uploads and delivery may be one account, in which nobody is given the same role twice.
var isOneAccount = accounts.uploads.name == accounts.delivery.name

module onUploads 'account-roles.bicep' = {
  scope: resourceGroup(accounts.uploads.resourceGroup)
  params: {
    accountName: accounts.uploads.name
    grants: isOneAccount ? union(uploadsGrants, deliveryGrants) : uploadsGrants
    principals: principals
  }
}

module onDelivery 'account-roles.bicep' = if (!isOneAccount) {
  scope: resourceGroup(accounts.delivery.resourceGroup)
  params: { accountName: accounts.delivery.name, grants: deliveryGrants, principals: principals }
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = { name: insightsName }

resource onInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, app.id, roles.metricsPublisher)
  scope: insights
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles.metricsPublisher
    )
    principalId: app.id
    principalType: app.type
  }
}

resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' existing = if (!empty(schedulerName)) {
  name: schedulerName
}

resource onScheduler 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(schedulerName)) {
  name: guid(scheduler.id, app.id, roles.durableTask)
  scope: scheduler
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles.durableTask
    )
    principalId: app.id
    principalType: app.type
  }
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = if (!empty(registryName)) {
  name: registryName
}

resource onRegistry 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(registryName)) {
  name: guid(registry.id, app.id, roles.imagePuller)
  scope: registry
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles.imagePuller
    )
    principalId: app.id
    principalType: app.type
  }
}

// The built-in role that may purge may also delete the whole profile: these two may purge and see
// how a purge went, and nothing else. Azure keeps the results of operations beside the profile, in
// the resource group, so that is where the second one reads.

var purgeRoles = [
  {
    name: 'purge'
    description: 'Purges the cache of a Front Door endpoint.'
    actions: ['Microsoft.Cdn/profiles/afdendpoints/Purge/action']
  }
  {
    name: 'purge results'
    description: 'Reads how operations on Front Door went.'
    actions: [
      'Microsoft.Cdn/operationresults/read'
      'Microsoft.Cdn/operationresults/profileresults/read'
      'Microsoft.Cdn/operationresults/profileresults/afdendpointresults/read'
    ]
  }
]

resource purgeDefinitions 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for role in purgeRoles: {
    name: guid(resourceGroup().id, frontDoorName, role.name)
    properties: {
      // A role's name is unique in its tenant.
      roleName: 'durable-vod ${role.name} (${frontDoorName})'
      description: role.description
      type: 'CustomRole'
      permissions: [{ actions: role.actions }]
      assignableScopes: [resourceGroup().id]
    }
  }
]

resource frontDoor 'Microsoft.Cdn/profiles@2025-06-01' existing = { name: frontDoorName }

resource mayPurge 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(frontDoor.id, app.id, purgeRoles[0].name)
  scope: frontDoor
  properties: {
    roleDefinitionId: purgeDefinitions[0].id
    principalId: app.id
    principalType: app.type
  }
}

resource mayReadResults 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, frontDoorName, app.id, purgeRoles[1].name)
  scope: resourceGroup()
  properties: {
    roleDefinitionId: purgeDefinitions[1].id
    principalId: app.id
    principalType: app.type
  }
}
