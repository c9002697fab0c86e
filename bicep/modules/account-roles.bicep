// Roles on one storage account; the table is in roles.bicep. A module of its own, because an account that was
// there before is in a resource group of its own.

import { Principal, StorageGrant } from 'types.bicep'

param accountName string
param grants StorageGrant[]

@description('By the names that grants have for them.')
param principals { *: Principal }

var onAccount = filter(grants, grant => grant.?container == null)
var onContainer = filter(grants, grant => grant.?container != null)

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = { name: accountName }

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = [
  for grant in onContainer: { name: '${accountName}/default/${grant.container!}' }
]

resource accountRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in onAccount: {
    name: guid(account.id, principals[grant.who].id, grant.role)
    scope: account
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

resource containerRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (grant, index) in onContainer: {
    name: guid(account.id, grant.container!, principals[grant.who].id, grant.role)
    scope: containers[index]
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        grant.role
      )
      principalId: principals[grant.who].id
      principalType: principals[grant.who].type
      condition: grant.?condition
      conditionVersion: grant.?condition == null ? null : '2.0'
    }
  }
]
