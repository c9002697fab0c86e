// What `azd up` and `az deployment sub create` take. Set values with `azd env set NAME VALUE`, or as
// environment variables; what is not named here keeps the default of main.bicep, or is added here.

using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'vod')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param principalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param principalType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')

param hosting = readEnvironmentVariable('HOSTING', 'flex')
param instanceMemoryMB = readEnvironmentVariable('INSTANCE_MEMORY_MB', '4096') == '2048' ? 2048 : 4096
param maximumInstanceCount = int(readEnvironmentVariable('MAXIMUM_INSTANCE_COUNT', '100'))
param alwaysReadyDurable = int(readEnvironmentVariable('ALWAYS_READY_DURABLE', '0'))
param durableBackend = readEnvironmentVariable('DURABLE_BACKEND', 'storage')

param frontDoorSku = readEnvironmentVariable('FRONT_DOOR_SKU', 'Standard_AzureFrontDoor')
param customDomain = readEnvironmentVariable('CUSTOM_DOMAIN', '')
param privateNetworking = bool(readEnvironmentVariable('PRIVATE_NETWORKING', 'false'))

// Several are parted by commas.
param allowedIpRanges = empty(readEnvironmentVariable('ALLOWED_IP_RANGES', ''))
  ? []
  : split(readEnvironmentVariable('ALLOWED_IP_RANGES', ''), ',')
param alertEmails = empty(readEnvironmentVariable('ALERT_EMAILS', ''))
  ? []
  : split(readEnvironmentVariable('ALERT_EMAILS', ''), ',')

param spotInstanceCount = int(readEnvironmentVariable('SPOT_INSTANCE_COUNT', '0'))
param spotSshPublicKey = readEnvironmentVariable('SPOT_SSH_PUBLIC_KEY', '')
