// durable-vod on Azure: everything but the code, which `azd deploy` or Core Tools bring, and the
// subscription to upload events, which needs the code (upload-events.bicep).

targetScope = 'subscription'

import { Accounts, Containers, Encoding, Lifecycle, PythonVersion } from 'modules/types.bicep'

// --- where

@description('Part of the names of all resources.')
@minLength(1)
@maxLength(40)
param environmentName string = 'vod'

@description('Azure region; with Flex one that `az functionapp list-flexconsumption-locations` names.')
param location string = deployment().location

@description('Object id of whoever uploads videos with their own account; empty for nobody.')
param principalId string = ''
param principalType 'User' | 'Group' | 'ServicePrincipal' = 'User'

// --- how it runs

@description('flex: Flex Consumption, pays for work alone. premium: Elastic Premium, large temporary disks.')
param hosting 'flex' | 'premium' = 'flex'

@description('Version of Python; one that `az functionapp list-flexconsumption-runtimes` names.')
param pythonVersion PythonVersion = '3.11'

@description('Flex: memory of an instance. 2048 has one core, 4096 two.')
@allowed([2048, 4096])
param instanceMemoryMB int = 4096

@description('Flex: how many instances there may be at once, each encoding one unit.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('Flex: instances kept ready for jobs; 0 starts the first one with the first upload.')
@minValue(0)
@maxValue(20)
param alwaysReadyDurable int = 0

@description('Premium: size of an instance. EP2 has two cores and 7 GB.')
param premiumSku 'EP1' | 'EP2' | 'EP3' = 'EP2'

@description('Premium: how many instances there may be at once.')
@minValue(1)
@maxValue(100)
param premiumMaximumInstanceCount int = 20

@description('storage: the task hub is in the host account. scheduler: in Durable Task Scheduler.')
param durableBackend 'storage' | 'scheduler' = 'storage'

param schedulerSku 'Consumption' | 'Dedicated' = 'Consumption'

@description('How videos are encoded; what is left out keeps the app\'s default (docs/settings.md).')
param encoding Encoding = {}

// --- what is there already

@description('Storage account that videos are uploaded to; empty for a new one.')
param existingUploadsAccount string = ''

@description('Its resource group, in this subscription; empty for the one that is deployed to.')
param existingUploadsResourceGroup string = ''

@description('Its Event Grid topic, in the same resource group; empty for a new one.')
param existingUploadsTopic string = ''

@description('Storage account that videos are published in; empty for a new one.')
param existingDeliveryAccount string = ''

@description('Its resource group, in this subscription; empty for the one that is deployed to.')
param existingDeliveryResourceGroup string = ''

@description('What is written there starts jobs.')
param uploadsContainer string = 'uploads'

@description('What is published; part of each video\'s address.')
param videosContainer string = 'videos'

@description('In the uploads account: notes of jobs.')
param workContainer string = 'work'

@description('In the uploads account: dead letters.')
param failedContainer string = 'failed'

@description('In the uploads account: events that could not be delivered.')
param lostEventsContainer string = 'lost-events'

// --- who reaches it

@description('Front Door; Premium adds a firewall, and reaches private storage.')
param frontDoorSku 'Standard_AzureFrontDoor' | 'Premium_AzureFrontDoor' = 'Standard_AzureFrontDoor'

@description('public: whoever knows a video\'s name reads it from storage, too. identity: only Front Door does. both: on the way from one to the other.')
param deliveryAccess 'public' | 'both' | 'identity' = 'public'

@description('Seconds for which Front Door keeps manifests; so long a failed purge may be seen.')
@minValue(1)
@maxValue(3600)
param manifestEdgeTtlS int = 60

@description('Host name under which videos play; empty for Front Door\'s own.')
param customDomain string = ''

@description('Storage answers inside a virtual network only; with Front Door Premium public delivery does, too.')
param privateNetworking bool = false

@description('With privateNetworking: IPv4 addresses or ranges that may upload and ask for status.')
param allowedIpRanges string[] = []

// --- what is kept, and for how long

@description('Redundancy of uploads. Zone-redundant accounts have no archive tier.')
param uploadsRedundancy 'Standard_LRS' | 'Standard_GRS' | 'Standard_RAGRS' = 'Standard_LRS'

@description('Redundancy of published videos.')
param deliveryRedundancy 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_GZRS' = 'Standard_LRS'

@description('Days until a source moves to the cool tier.')
param sourceCoolDays int = 30

@description('Days until a source moves to the archive tier; it is not read there without rehydration.')
param sourceArchiveDays int = 90

@description('Days for which a source is kept after a newer upload has replaced it.')
param replacedSourceDeleteDays int = 30

@description('Days until the notes of a job are deleted.')
param workDeleteDays int = 7

@description('Days until dead letters are deleted.')
param failedDeleteDays int = 180

@description('Days for which a deleted upload can be brought back.')
param softDeleteDays int = 14

// --- who is told

@description('Addresses that alerts go to.')
param alertEmails string[] = []

@description('Minutes without progress after which a job counts as stalled.')
@minValue(10)
@maxValue(300)
param stalledAfterMinutes int = 30

@description('Share of traces and logs that is kept, in percent. Metrics are always kept.')
@minValue(1)
@maxValue(100)
param telemetrySamplingPercent int = 100

@description('GB of telemetry in a day after which no more is taken in.')
@minValue(1)
param telemetryDailyCapGb int = 1

@description('Days for which telemetry is kept; the first 30 cost nothing.')
@minValue(30)
@maxValue(730)
param telemetryRetentionDays int = 30

@description('What a month may cost, in the currency of your bill: mails at 50, 80 and 100 %. 0: none.')
@minValue(0)
param monthlyBudget int = 0

@description('First day of the month in which the budget is first deployed, as 2026-11-01; never changed.')
param budgetStart string = ''

// --- the spot lane

@description('Spot machines that work off a backlog beside the app; 0 for no spot lane at all.')
@minValue(0)
@maxValue(100)
param spotInstanceCount int = 0

@description('Size of a spot machine.')
param spotVmSize string = 'Standard_D4als_v6'

@description('US dollars an hour, as text; -1: never more than the regular price.')
param spotMaxPrice string = '-1'

@description('SSH public key for the spot machines, which a Linux machine must have.')
param spotSshPublicKey string = ''

@description('Name and tag of the image in the registry.')
param spotImage string = 'durable-vod:latest'

var token = uniqueString(subscription().id, environmentName, location)
var tags = { 'azd-env-name': environmentName }
var groupName = 'rg-${environmentName}'
var hasTopic = !empty(existingUploadsTopic)
var existingTopic = hasTopic && empty(existingUploadsAccount)
  ? fail('existingUploadsTopic is the topic of existingUploadsAccount: set that, too')
  : existingUploadsTopic
var names = {
  app: 'func-vod-${token}'
  insights: 'appi-vod-${token}'
  frontDoor: 'afd-vod-${token}'
  topic: hasTopic ? existingTopic : 'evgt-vod-${token}'
  scheduler: 'dts-vod-${token}'
  registry: 'vodcr${token}'
}
var uploadsGroup = !empty(existingUploadsResourceGroup) && empty(existingUploadsAccount)
  ? fail('existingUploadsResourceGroup is the group of existingUploadsAccount: set that, too')
  : existingUploadsResourceGroup
var deliveryGroup = !empty(existingDeliveryResourceGroup) && empty(existingDeliveryAccount)
  ? fail('existingDeliveryResourceGroup is the group of existingDeliveryAccount: set that, too')
  : existingDeliveryResourceGroup
var accounts Accounts = {
  host: { name: 'vodhost${token}', resourceGroup: groupName, isExisting: false }
  uploads: {
    name: empty(existingUploadsAccount) ? 'vodup${token}' : existingUploadsAccount
    resourceGroup: empty(uploadsGroup) ? groupName : uploadsGroup
    isExisting: !empty(existingUploadsAccount)
  }
  delivery: {
    name: empty(existingDeliveryAccount) ? 'vodout${token}' : existingDeliveryAccount
    resourceGroup: empty(deliveryGroup) ? groupName : deliveryGroup
    isExisting: !empty(existingDeliveryAccount)
  }
}
var accountNames = {
  host: accounts.host.name
  uploads: accounts.uploads.name
  delivery: accounts.delivery.name
}
var uploadsContainers = [uploadsContainer, workContainer, failedContainer, lostEventsContainer]
// A union has each name once.
var isEachNameOnce = length(union(uploadsContainers, [])) == length(uploadsContainers)
var ownUploadsContainer = isEachNameOnce
  ? uploadsContainer
  : fail('uploadsContainer, workContainer, failedContainer and lostEventsContainer must differ')
var isOneAccount = accountNames.uploads == accountNames.delivery
var containers Containers = {
  // What is published would start jobs, which publish.
  videos: isOneAccount && contains(uploadsContainers, videosContainer)
    ? fail('in one account for uploads and videos, their containers need names of their own')
    : videosContainer
  uploads: ownUploadsContainer
  work: workContainer
  failed: failedContainer
  lostEvents: lostEventsContainer
  deployments: 'deployments'
}
var lifecycle Lifecycle = {
  sourceCoolDays: sourceCoolDays
  sourceArchiveDays: sourceArchiveDays
  replacedSourceDeleteDays: replacedSourceDeleteDays
  workDeleteDays: workDeleteDays
  failedDeleteDays: failedDeleteDays
  softDeleteDays: softDeleteDays
}
var hasScheduler = durableBackend == 'scheduler'
var hasSpot = spotInstanceCount > 0
var hasNetwork = privateNetworking || hasSpot
var hasIdentity = deliveryAccess != 'public'

// Private Link takes no identity of Front Door's, and an identity no Private Link.
var isDeliveryPrivate = privateNetworking && frontDoorSku == 'Premium_AzureFrontDoor' && !hasIdentity

// The task hub's name is part of host.json: extensions.durableTask.hubName.
var taskHubName = loadJsonContent('../host.json', 'extensions.durableTask.hubName')

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: groupName
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: { name: 'id-vod-${token}', location: location, tags: tags }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    accounts: accounts
    containers: containers
    location: location
    tags: tags
    uploadsRedundancy: uploadsRedundancy
    deliveryRedundancy: deliveryRedundancy
    lifecycle: lifecycle
    isPrivate: privateNetworking
    isDeliveryPrivate: isDeliveryPrivate
    isDeliveryPublic: deliveryAccess != 'identity'
    allowedIpRanges: allowedIpRanges
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    workspaceName: 'log-vod-${token}'
    insightsName: names.insights
    workbookName: 'durable-vod: ${environmentName}'
    location: location
    tags: tags
    samplingPercent: telemetrySamplingPercent
    dailyCapGb: telemetryDailyCapGb
    retentionDays: telemetryRetentionDays
  }
}

module eventGrid 'modules/event-grid.bicep' = {
  // Where Azure itself would make the topic.
  scope: resourceGroup(accounts.uploads.resourceGroup)
  params: {
    name: names.topic
    location: storage.outputs.uploadsLocation
    tags: tags
    uploadsAccountId: storage.outputs.uploadsId
    isExisting: hasTopic
  }
}

module frontDoorProfile 'modules/front-door-profile.bicep' = {
  scope: group
  params: { name: names.frontDoor, tags: tags, sku: frontDoorSku, hasIdentity: hasIdentity }
}

module frontDoor 'modules/front-door.bicep' = {
  scope: group
  params: {
    name: names.frontDoor
    tags: tags
    sku: frontDoorSku
    deliveryAccountId: storage.outputs.deliveryId
    deliveryLocation: storage.outputs.deliveryLocation
    deliveryHostName: '${accounts.delivery.name}.blob.${environment().suffixes.storage}'
    videosContainer: containers.videos
    customDomain: customDomain
    manifestEdgeTtlS: manifestEdgeTtlS
    isDeliveryPrivate: isDeliveryPrivate
    hasIdentity: hasIdentity
  }
  // Storage refuses a token of somebody without a role, also for a blob that is public.
  dependsOn: [roles]
}

module scheduler 'modules/durable-backend.bicep' = if (hasScheduler) {
  scope: group
  params: {
    name: names.scheduler
    taskHubName: taskHubName
    location: location
    tags: tags
    sku: schedulerSku
  }
}

module registry 'modules/registry.bicep' = if (hasSpot) {
  scope: group
  params: { name: names.registry, location: location, tags: tags }
}

module network 'modules/network.bicep' = if (hasNetwork) {
  scope: group
  params: {
    name: 'vnet-vod-${token}'
    location: location
    tags: tags
    isPrivate: privateNetworking
    appDelegation: hosting == 'flex' ? 'Microsoft.App/environments' : 'Microsoft.Web/serverFarms'
    storage: {
      host: storage.outputs.hostId
      uploads: storage.outputs.uploadsId
      delivery: storage.outputs.deliveryId
    }
    isOneAccount: isOneAccount
  }
}

module roles 'modules/roles.bicep' = {
  scope: group
  params: {
    // Names of assignments have ids in them, so what-if cannot tell assignments that stay from new ones.
    #disable-next-line what-if-short-circuiting
    appPrincipalId: identity.outputs.principalId
    #disable-next-line what-if-short-circuiting
    topicPrincipalId: eventGrid.outputs.principalId
    #disable-next-line what-if-short-circuiting
    frontDoorPrincipalId: frontDoorProfile.outputs.principalId
    frontDoorReads: hasIdentity
    accounts: accounts
    videosContainer: containers.videos
    insightsName: names.insights
    frontDoorName: names.frontDoor
    schedulerName: hasScheduler ? names.scheduler : ''
    registryName: hasSpot ? names.registry : ''
    uploaderPrincipalId: principalId
    uploaderPrincipalType: principalType
    uploaderPublishesCode: hosting == 'premium'
  }
  // They are given by name.
  dependsOn: [monitoring, scheduler, registry]
}

module functionApp 'modules/function-app.bicep' = {
  scope: group
  params: {
    name: names.app
    planName: 'plan-vod-${token}'
    location: location
    tags: tags
    hosting: hosting
    pythonVersion: pythonVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyDurable: alwaysReadyDurable
    premiumSku: premiumSku
    premiumMaximumInstanceCount: premiumMaximumInstanceCount
    isPrivate: privateNetworking
    subnetId: privateNetworking ? network!.outputs.appSubnetId : ''
    allowedIpRanges: allowedIpRanges
    identity: { id: identity.outputs.id, clientId: identity.outputs.clientId }
    storage: accountNames
    containers: containers
    frontDoor: { profile: names.frontDoor, endpoint: names.frontDoor }
    playbackBaseUrl: playbackBaseUrl
    insightsConnectionString: monitoring.outputs.connectionString
    hasScheduler: hasScheduler
    schedulerEndpoint: hasScheduler ? scheduler!.outputs.endpoint : ''
    encoding: encoding
  }
  // The host needs its storage from the first second on.
  dependsOn: [roles]
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    name: 'ag-vod-${token}'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    topicId: eventGrid.outputs.id
    emails: alertEmails
    stalledAfterMinutes: stalledAfterMinutes
  }
}

// Azure takes no other day.
var isFirstOfMonth = length(budgetStart) == 10 && endsWith(budgetStart, '-01')
var budgetMonth = monthlyBudget > 0 && !isFirstOfMonth
  ? fail('monthlyBudget needs budgetStart, the first day of a month, such as 2026-11-01')
  : budgetStart

module budget 'modules/budget.bicep' = if (monthlyBudget > 0) {
  scope: group
  params: {
    name: 'durable-vod'
    amountPerMonth: monthlyBudget
    start: budgetMonth
    emails: alertEmails
  }
}

var machineKey = hasSpot && empty(spotSshPublicKey)
  ? fail('spotInstanceCount needs spotSshPublicKey, such as the text of ~/.ssh/id_ed25519.pub')
  : spotSshPublicKey

module spot 'modules/spot.bicep' = if (hasSpot) {
  scope: group
  params: {
    name: 'vmss-vod-${token}'
    location: location
    tags: tags
    instanceCount: spotInstanceCount
    vmSize: spotVmSize
    maxPrice: spotMaxPrice
    sshPublicKey: machineKey
    subnetId: network!.outputs.spotSubnetId
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    settings: functionApp.outputs.settings
    registryHostName: registry!.outputs.hostName
    image: spotImage
  }
}

var playbackBaseUrl = 'https://${empty(customDomain) ? frontDoor.outputs.endpointHostName : customDomain}'

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_APP_NAME string = functionApp.outputs.name
output AZURE_FUNCTION_APP_URL string = 'https://${functionApp.outputs.hostName}'

@description('Upload here, into UPLOADS_CONTAINER, to start a job.')
output UPLOADS_ACCOUNT_NAME string = accounts.uploads.name
output UPLOADS_RESOURCE_GROUP string = accounts.uploads.resourceGroup
output UPLOADS_CONTAINER string = containers.uploads
output UPLOADS_TOPIC_NAME string = names.topic
output UPLOADS_TOPIC_RESOURCE_GROUP string = accounts.uploads.resourceGroup

@description('What sends events of uploads to the app. On a topic that was there before, others may have theirs.')
output UPLOADS_SUBSCRIPTION_NAME string = hasTopic ? 'uploads-${token}' : 'uploads'
output LOST_EVENTS_CONTAINER string = containers.lostEvents
output DELIVERY_ACCOUNT_NAME string = accounts.delivery.name
output DELIVERY_RESOURCE_GROUP string = accounts.delivery.resourceGroup
output VIDEOS_CONTAINER string = containers.videos

@description('Where the code of a premium app is published.')
output HOST_ACCOUNT_NAME string = accounts.host.name
output DEPLOYMENTS_CONTAINER string = containers.deployments
output HOSTING string = hosting

@description('What packages that are published to the app have to be made with.')
output FUNCTIONS_PYTHON_VERSION string = pythonVersion

@description('Followed by /VIDEOS_CONTAINER/NAME/master.m3u8.')
output PLAYBACK_BASE_URL string = playbackBaseUrl
output FRONT_DOOR_PROFILE_NAME string = names.frontDoor
output FRONT_DOOR_HOST_NAME string = frontDoor.outputs.endpointHostName

@description('The DNS record _dnsauth.DOMAIN (TXT) that shows the domain is yours.')
output CUSTOM_DOMAIN_VALIDATION_TOKEN string = frontDoor.outputs.domainValidationToken

@description('Where `az acr build` puts the image of the spot lane; empty without one.')
output REGISTRY_NAME string = hasSpot ? names.registry : ''
output SPOT_SCALE_SET_NAME string = hasSpot ? spot!.outputs.scaleSetName : ''
