// The spot lane: cheap machines that Azure may take back at any time, for bulk backlogs. They run the
// same app in a container against the same task hub. A unit whose machine goes is done again.

import { Tags } from 'types.bicep'

param name string
param location string
param tags Tags

@description('How many machines to start with. Machines that idle are taken away, down to none.')
param instanceCount int
param vmSize string

@description('The most to pay for a machine, in US dollars an hour, as text; -1: up to the regular price.')
param maxPrice string

@description('Public key of whoever may log in, from the Azure portal\'s serial console.')
param sshPublicKey string
param adminUsername string = 'vod'
param subnetId string
param identityId string
param identityClientId string
param settings { *: string }

param registryHostName string

@description('Name and tag of the image that `az acr build` has put into the registry.')
param image string

// Nothing but work: events come to the function app alone, and so do poisoned ones.
var laneSettings = union(settings, {
  AzureWebJobs_on_upload_Disabled: 'true'
  AzureWebJobs_on_poison_Disabled: 'true'
  // A host of its own, with keys that nobody needs in a file.
  AzureFunctionsWebHost__hostid: 'durablevodspot'
  AzureWebJobsSecretStorageType: 'files'
})

var script = reduce(
  items({
    '@SETTINGS@': base64(string(laneSettings))
    '@REGISTRY@': registryHostName
    '@IMAGE@': image
    '@CLIENT_ID@': identityClientId
  }),
  loadTextContent('spot-machine.sh'),
  (text, part) => replace(text, part.key, part.value)
)

resource machines 'Microsoft.Compute/virtualMachineScaleSets@2024-07-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: vmSize, tier: 'Standard', capacity: instanceCount }
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    orchestrationMode: 'Uniform'
    overprovision: false
    singlePlacementGroup: false
    upgradePolicy: { mode: 'Automatic' }
    virtualMachineProfile: {
      priority: 'Spot'
      evictionPolicy: 'Delete'
      billingProfile: { maxPrice: json(maxPrice) }
      securityProfile: {
        securityType: 'TrustedLaunch'
        uefiSettings: { secureBootEnabled: true, vTpmEnabled: true }
      }
      storageProfile: {
        imageReference: {
          publisher: 'Canonical'
          offer: 'ubuntu-24_04-lts'
          sku: 'server'
          version: 'latest'
        }
        osDisk: {
          createOption: 'FromImage'
          caching: 'ReadOnly'
          managedDisk: { storageAccountType: 'StandardSSD_LRS' }
          diskSizeGB: 64
        }
      }
      osProfile: {
        computerNamePrefix: 'vodspot'
        adminUsername: adminUsername
        customData: base64(script)
        linuxConfiguration: {
          disablePasswordAuthentication: true
          ssh: {
            publicKeys: [
              { path: '/home/${adminUsername}/.ssh/authorized_keys', keyData: sshPublicKey }
            ]
          }
        }
      }
      networkProfile: {
        networkInterfaceConfigurations: [
          {
            name: 'spot'
            properties: {
              primary: true
              ipConfigurations: [
                {
                  name: 'spot'
                  properties: {
                    subnet: { id: subnetId }
                    // For the way out, and paid for only while there is a machine.
                    publicIPAddressConfiguration: {
                      name: 'out'
                      sku: { name: 'Standard' }
                      properties: { deleteOption: 'Delete' }
                    }
                  }
                }
              ]
            }
          }
        ]
      }
    }
  }
}

resource idle 'Microsoft.Insights/autoscaleSettings@2022-10-01' = {
  name: '${name}-idle'
  location: location
  tags: tags
  properties: {
    enabled: true
    targetResourceUri: machines.id
    profiles: [
      {
        name: 'idle machines go'
        capacity: { minimum: '0', maximum: '100', default: string(instanceCount) }
        rules: [
          {
            metricTrigger: {
              metricName: 'Percentage CPU'
              metricResourceUri: machines.id
              timeGrain: 'PT1M'
              statistic: 'Max'
              timeWindow: 'PT15M'
              timeAggregation: 'Maximum'
              operator: 'LessThan'
              threshold: 10
            }
            scaleAction: {
              direction: 'Decrease'
              type: 'PercentChangeCount'
              value: '100'
              cooldown: 'PT15M'
            }
          }
        ]
      }
    ]
  }
}

output scaleSetName string = machines.name
