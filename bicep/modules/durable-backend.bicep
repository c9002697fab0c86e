// Durable Task Scheduler, where it keeps the task hub instead of Azure Storage.

import { Tags } from 'types.bicep'

param name string
param taskHubName string
param location string
param tags Tags
param sku 'Consumption' | 'Dedicated'

resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: sku == 'Dedicated' ? { name: sku, capacity: 1 } : { name: sku }
    // An empty list denies everyone. There are no keys: who comes needs an identity with a role.
    ipAllowlist: ['0.0.0.0/0']
  }
}

resource taskHub 'Microsoft.DurableTask/schedulers/taskHubs@2025-11-01' = {
  parent: scheduler
  name: taskHubName
}

output name string = scheduler.name
output endpoint string = scheduler.properties.endpoint
