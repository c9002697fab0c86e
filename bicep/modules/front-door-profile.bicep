// Front Door's profile, apart from what is in it: its identity is given a role before it is used.

import { Tags } from 'types.bicep'

param name string
param tags Tags
param sku 'Standard_AzureFrontDoor' | 'Premium_AzureFrontDoor'

@description('It gets an identity of its own, to read the videos with.')
param hasIdentity bool

resource profile 'Microsoft.Cdn/profiles@2025-06-01' = {
  name: name
  location: 'global'
  tags: tags
  sku: { name: sku }
  // Its own: with the app's, a viewer's request could do what the app may do.
  identity: hasIdentity ? { type: 'SystemAssigned' } : null
  properties: { originResponseTimeoutSeconds: 60 }
}

@description('Who reads the videos; empty where anyone may.')
output principalId string = profile.?identity.principalId ?? ''
