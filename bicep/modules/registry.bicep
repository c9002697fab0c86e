// The registry from which the machines of the spot lane get the app's image.

import { Tags } from 'types.bicep'

param name string
param location string
param tags Tags

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: 'Basic' }
  properties: { adminUserEnabled: false, anonymousPullEnabled: false }
}

output hostName string = registry.properties.loginServer
