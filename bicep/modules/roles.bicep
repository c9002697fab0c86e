// Who may do what: one table for each kind of resource, each row one role on one resource.

@description('A role of one identity on one resource.')
type Grant = {
  @description('Name of the resource that the role is for.')
  on: string
  role: string
  who: 'app' | 'topic' | 'uploader'
}

@description('Built-in roles, by their ids: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles')
var roles = {
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88' // Storage Queue Data Contributor
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
  metricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher
  durableTask: '0ad04412-c4d5-4796-b79c-f76d14c8d402' // Durable Task Data Contributor
  imagePuller: '7f951dda-4ed3-4680-a7ca-43fe172d538d' // AcrPull
}

param appPrincipalId string
param topicPrincipalId string
param topicName string
param storage { host: string, uploads: string, delivery: string }
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

// Names are known before the deployment, ids are not: assignments are named after names.
var names = { app: 'app', topic: topicName, uploader: uploaderPrincipalId }
var principals = {
  app: { id: appPrincipalId, type: 'ServicePrincipal' }
  topic: { id: topicPrincipalId, type: 'ServicePrincipal' }
  uploader: { id: uploaderPrincipalId, type: uploaderPrincipalType }
}

var storageGrants Grant[] = concat(
  [
    // What the Functions host documents for AzureWebJobsStorage, with Durable's task hub.
    { on: storage.host, role: roles.blobOwner, who: 'app' }
    { on: storage.host, role: roles.queueContributor, who: 'app' }
    { on: storage.host, role: roles.tableContributor, who: 'app' }
    // Reads sources, signs read URLs with a user delegation key, writes notes and dead letters.
    { on: storage.uploads, role: roles.blobContributor, who: 'app' }
    // The poison queue.
    { on: storage.uploads, role: roles.queueContributor, who: 'app' }
    { on: storage.delivery, role: roles.blobContributor, who: 'app' }
    // Events that could not be delivered.
    { on: storage.uploads, role: roles.blobContributor, who: 'topic' }
  ],
  empty(uploaderPrincipalId)
    ? []
    : [{ on: storage.uploads, role: roles.blobContributor, who: 'uploader' }],
  empty(uploaderPrincipalId) || !uploaderPublishesCode
    ? []
    : [{ on: storage.host, role: roles.blobContributor, who: 'uploader' }]
)
var insightsGrants Grant[] = [{ on: insightsName, role: roles.metricsPublisher, who: 'app' }]
var schedulerGrants Grant[] = empty(schedulerName)
  ? []
  : [{ on: schedulerName, role: roles.durableTask, who: 'app' }]
var registryGrants Grant[] = empty(registryName)
  ? []
  : [{ on: registryName, role: roles.imagePuller, who: 'app' }]

resource accounts 'Microsoft.Storage/storageAccounts@2024-01-01' existing = [
  for grant in storageGrants: { name: grant.on }
]

resource onStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, index) in storageGrants: {
    name: guid(resourceGroup().id, grant.on, names[grant.who], grant.role)
    scope: accounts[index]
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        grant.role
      )
      principalId: principals[grant.who].id
      principalType: principals[grant.who].type
    }
  }
]

resource components 'Microsoft.Insights/components@2020-02-02' existing = [
  for grant in insightsGrants: { name: grant.on }
]

resource onInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, index) in insightsGrants: {
    name: guid(resourceGroup().id, grant.on, names[grant.who], grant.role)
    scope: components[index]
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        grant.role
      )
      principalId: principals[grant.who].id
      principalType: principals[grant.who].type
    }
  }
]

resource schedulers 'Microsoft.DurableTask/schedulers@2025-11-01' existing = [
  for grant in schedulerGrants: { name: grant.on }
]

resource onScheduler 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, index) in schedulerGrants: {
    name: guid(resourceGroup().id, grant.on, names[grant.who], grant.role)
    scope: schedulers[index]
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        grant.role
      )
      principalId: principals[grant.who].id
      principalType: principals[grant.who].type
    }
  }
]

resource registries 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = [
  for grant in registryGrants: { name: grant.on }
]

resource onRegistry 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, index) in registryGrants: {
    name: guid(resourceGroup().id, grant.on, names[grant.who], grant.role)
    scope: registries[index]
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        grant.role
      )
      principalId: principals[grant.who].id
      principalType: principals[grant.who].type
    }
  }
]

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

resource frontDoor 'Microsoft.Cdn/profiles@2025-04-15' existing = { name: frontDoorName }

resource mayPurge 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, frontDoorName, names.app, purgeRoles[0].name)
  scope: frontDoor
  properties: {
    roleDefinitionId: purgeDefinitions[0].id
    principalId: principals.app.id
    principalType: principals.app.type
  }
}

resource mayReadResults 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, frontDoorName, names.app, purgeRoles[1].name)
  scope: resourceGroup()
  properties: {
    roleDefinitionId: purgeDefinitions[1].id
    principalId: principals.app.id
    principalType: principals.app.type
  }
}
