// The function app and its plan. The table of app settings is the only one: the spot lane gets it too.

import { Containers, Encoding, PythonVersion, Tags } from 'types.bicep'

param name string
param planName string
param location string
param tags Tags

param hosting 'flex' | 'premium'
param pythonVersion PythonVersion

@description('Flex: memory of an instance in MB. 2048 has one core, 4096 two.')
@allowed([2048, 4096])
param instanceMemoryMB int

@description('Flex: how many instances there may be at once.')
param maximumInstanceCount int

@description('Flex: how many instances are kept ready for orchestrations and activities.')
param alwaysReadyDurable int

@description('Premium: size of an instance.')
param premiumSku 'EP1' | 'EP2' | 'EP3'

@description('Premium: how many instances there may be at once.')
param premiumMaximumInstanceCount int

@description('The app sits in a network: it reaches private storage, and few reach it.')
param isPrivate bool

@description('Subnet for connections that a private app makes.')
param subnetId string

@description('Who may reach the app, besides Event Grid, as CIDR ranges; only of a private app.')
param allowedIpRanges string[]

param identity { id: string, clientId: string }
param storage { host: string, uploads: string, delivery: string }
param containers Containers
param frontDoor { profile: string, endpoint: string }

@description('Where players find videos, such as https://video.example.com.')
param playbackBaseUrl string
param insightsConnectionString string

@description('Endpoint of the Durable Task Scheduler, where it keeps the task hub.')
param schedulerEndpoint string
param hasScheduler bool
param encoding Encoding

var isFlex = hosting == 'flex'
var suffix = environment().suffixes.storage
var package = 'https://${storage.host}.blob.${suffix}/${containers.deployments}'

var settings = {
  // Identity-based connections: no setting is a secret.
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.clientId
  AzureWebJobsStorage__blobServiceUri: 'https://${storage.host}.blob.${suffix}'
  AzureWebJobsStorage__queueServiceUri: 'https://${storage.host}.queue.${suffix}'
  AzureWebJobsStorage__tableServiceUri: 'https://${storage.host}.table.${suffix}'
  UPLOADS_STORAGE__credential: 'managedidentity'
  UPLOADS_STORAGE__clientId: identity.clientId
  UPLOADS_STORAGE__blobServiceUri: 'https://${storage.uploads}.blob.${suffix}'
  UPLOADS_STORAGE__queueServiceUri: 'https://${storage.uploads}.queue.${suffix}'
  DELIVERY_STORAGE__credential: 'managedidentity'
  DELIVERY_STORAGE__clientId: identity.clientId
  DELIVERY_STORAGE__blobServiceUri: 'https://${storage.delivery}.blob.${suffix}'

  // For DefaultAzureCredential, with which Front Door is purged: which identity it is.
  AZURE_CLIENT_ID: identity.clientId

  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identity.clientId}'
  // The worker sets up Azure Monitor, from what follows; the app itself never does. Never
  // PYTHON_ENABLE_OPENTELEMETRY: alone it makes every invocation fail (azure-functions-python-worker#1881).
  PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY: 'true'
  // Every span: activities are few, and each one counts. What is to be thinned out is thinned out at
  // ingestion (telemetrySamplingPercent), which Application Insights leaves undone where less than all is sent.
  OTEL_TRACES_SAMPLER: 'microsoft.fixed_percentage'
  OTEL_TRACES_SAMPLER_ARG: '1.0'
  // Requests to storage would become spans with their addresses. There is no word for all of them.
  OTEL_PYTHON_DISABLED_INSTRUMENTATIONS: 'azure_sdk,django,fastapi,flask,httpx,httpx2,psycopg2,requests,urllib,urllib3'

  // Activities, orchestrators and HTTP share these threads: more than maxConcurrentActivityFunctions
  // by at least four, or FFmpeg keeps orchestrations waiting.
  PYTHON_THREADPOOL_THREAD_COUNT: '8'

  VOD_UPLOADS_CONTAINER: containers.uploads
  VOD_VIDEOS_CONTAINER: containers.videos
  VOD_WORK_CONTAINER: containers.work
  VOD_FAILED_CONTAINER: containers.failed
  VOD_BLOB_SOURCE: 'EventGrid'
  VOD_PLAYBACK_BASE_URL: playbackBaseUrl
  VOD_FRONT_DOOR_SUBSCRIPTION_ID: subscription().subscriptionId
  VOD_FRONT_DOOR_RESOURCE_GROUP: resourceGroup().name
  VOD_FRONT_DOOR_PROFILE: frontDoor.profile
  VOD_FRONT_DOOR_ENDPOINT: frontDoor.endpoint

  // An empty setting is one that is not set: the app's own default counts.
  VOD_PRESET: encoding.?preset ?? ''
  VOD_MAX_HEIGHT: string(encoding.?maxHeight ?? '')
  VOD_AUDIO_BITRATE_BPS: string(encoding.?audioBitrateBps ?? '')
  VOD_CHUNK_S: string(encoding.?chunkS ?? '')
  VOD_UNIT_BUDGET_S: string(encoding.?unitBudgetS ?? '')
  VOD_PIXELS_PER_S: string(encoding.?pixelsPerS ?? '')
  // Two for each instance keep all of them busy; more would only make other jobs wait.
  VOD_UNITS_IN_FLIGHT: string(2 * (isFlex ? maximumInstanceCount : premiumMaximumInstanceCount))
  // Instances are many: one rendition each is the fastest.
  VOD_GROUPING: encoding.?grouping ?? 'per_rendition'
  VOD_MAX_DURATION_S: string(encoding.?maxDurationS ?? '')
  VOD_MAX_SIZE_BYTES: encoding.?maxSizeBytes ?? ''
  VOD_FFMPEG: encoding.?ffmpeg ?? ''
  VOD_FFPROBE: encoding.?ffprobe ?? ''
  VOD_STALL_TIMEOUT_S: string(encoding.?stallTimeoutS ?? '')
  VOD_UNIT_TIMEOUT_S: string(encoding.?unitTimeoutS ?? '')
  VOD_MANIFEST_MAX_AGE_S: string(encoding.?manifestMaxAgeS ?? '')
}

// What host.json says of the storage provider is overridden, one key after the other.
var schedulerSettings = {
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};Authentication=ManagedIdentity;ClientID=${identity.clientId}'
}

// Flex knows these from functionAppConfig, and refuses them as settings. The package is read from
// storage with the app's identity: a file share would need an account key.
var premiumSettings = {
  FUNCTIONS_EXTENSION_VERSION: '~4'
  FUNCTIONS_WORKER_RUNTIME: 'python'
  WEBSITE_RUN_FROM_PACKAGE: '${package}/app.zip'
  WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: identity.id
  WEBSITE_SKIP_CONTENTSHARE_VALIDATION: '1'
}

var appSettings = union(
  settings,
  hasScheduler ? schedulerSettings : {},
  isFlex ? {} : premiumSettings
)

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: isFlex ? 'functionapp' : 'elastic'
  sku: isFlex
    ? { name: 'FC1', tier: 'FlexConsumption' }
    : { name: premiumSku, tier: 'ElasticPremium' }
  properties: {
    reserved: true
    maximumElasticWorkerCount: isFlex ? null : premiumMaximumInstanceCount
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: isPrivate ? subnetId : null
    outboundVnetRouting: isPrivate ? { allTraffic: true } : null
    functionAppConfig: isFlex
      ? {
          deployment: {
            storage: {
              type: 'blobContainer'
              value: package
              authentication: {
                type: 'UserAssignedIdentity'
                userAssignedIdentityResourceId: identity.id
              }
            }
          }
          scaleAndConcurrency: {
            instanceMemoryMB: instanceMemoryMB
            maximumInstanceCount: maximumInstanceCount
            alwaysReady: alwaysReadyDurable > 0
              ? [{ name: 'durable', instanceCount: alwaysReadyDurable }]
              : []
          }
          runtime: { name: 'python', version: pythonVersion }
        }
      : null
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      linuxFxVersion: isFlex ? null : 'Python|${pythonVersion}'
      minimumElasticInstanceCount: isFlex ? null : 1
      // The host, which can reach private storage, tells how many instances it wants.
      functionsRuntimeScaleMonitoringEnabled: isFlex ? null : true
      ipSecurityRestrictionsDefaultAction: isPrivate ? 'Deny' : 'Allow'
      ipSecurityRestrictions: isPrivate
        ? concat(
            [
              {
                name: 'event-grid'
                description: 'Events of new uploads.'
                action: 'Allow'
                priority: 100
                tag: 'ServiceTag'
                ipAddress: 'AzureEventGrid'
              }
            ],
            map(allowedIpRanges, (range, index) => {
              name: 'allowed-${index}'
              action: 'Allow'
              priority: 200 + index
              ipAddress: contains(range, '/') ? range : '${range}/32'
            })
          )
        : []
    }
  }

  // Code comes with Entra ID, never with a publishing password.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

resource configuration 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'appsettings'
  properties: appSettings
}

output name string = app.name
output hostName string = app.properties.defaultHostName

@description('Settings that the app needs wherever it runs.')
output settings { *: string } = union(settings, hasScheduler ? schedulerSettings : {})
