// A network of the app's own: for private storage, and for the machines of the spot lane.

import { Tags } from 'types.bicep'

param name string
param location string
param tags Tags

@description('Storage answers inside the network only.')
param isPrivate bool

@description('What the app\'s subnet is handed to: Flex runs on Container Apps, Premium on App Service.')
param appDelegation 'Microsoft.App/environments' | 'Microsoft.Web/serverFarms'

@description('Ids of the accounts.')
param storage { host: string, uploads: string, delivery: string }

@description('Uploads and delivery are the same.')
param isOneAccount bool

var services = isPrivate ? ['blob', 'queue', 'table'] : []
var endpoints = concat(
  isPrivate
    ? [
        { account: 'host', id: storage.host, service: 'blob' }
        { account: 'host', id: storage.host, service: 'queue' }
        { account: 'host', id: storage.host, service: 'table' }
        { account: 'uploads', id: storage.uploads, service: 'blob' }
        { account: 'uploads', id: storage.uploads, service: 'queue' }
      ]
    : [],
  // Also where Front Door comes through the internet: the name of an account that has an endpoint anywhere
  // leads to a zone that the network has, and there to nothing without an endpoint of ours. One account has
  // one: two would write the same record.
  isPrivate && !isOneAccount ? [{ account: 'delivery', id: storage.delivery, service: 'blob' }] : []
)

// Nothing outside starts a connection to a machine in here.
resource closed 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: '${name}-closed'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'nobody-comes-in'
        properties: {
          priority: 4000
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: ['10.80.0.0/16'] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: '10.80.0.0/24'
          delegations: [{ name: 'app', properties: { serviceName: appDelegation } }]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: '10.80.1.0/24'
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
      {
        name: 'spot'
        properties: {
          addressPrefix: '10.80.2.0/24'
          networkSecurityGroup: { id: closed.id }
          defaultOutboundAccess: false
        }
      }
    ]
  }

  resource app 'subnets' existing = { name: 'app' }
  resource endpoints 'subnets' existing = { name: 'endpoints' }
  resource spot 'subnets' existing = { name: 'spot' }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for service in services: {
    name: 'privatelink.${service}.${environment().suffixes.storage}'
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (service, index) in services: {
    parent: zones[index]
    name: name
    location: 'global'
    tags: tags
    properties: { virtualNetwork: { id: network.id }, registrationEnabled: false }
  }
]

resource privateEndpoints 'Microsoft.Network/privateEndpoints@2024-05-01' = [
  for endpoint in endpoints: {
    name: '${name}-${endpoint.account}-${endpoint.service}'
    location: location
    tags: tags
    properties: {
      subnet: { id: network::endpoints.id }
      privateLinkServiceConnections: [
        {
          name: endpoint.service
          properties: { privateLinkServiceId: endpoint.id, groupIds: [endpoint.service] }
        }
      ]
    }
  }
]

resource records 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [
  for (endpoint, index) in endpoints: {
    parent: privateEndpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: endpoint.service
          properties: { privateDnsZoneId: zones[indexOf(services, endpoint.service)].id }
        }
      ]
    }
  }
]

output appSubnetId string = network::app.id
output spotSubnetId string = network::spot.id
