// What `azd up` and `az deployment sub create` take. Set values with `azd env set NAME VALUE`, or as
// environment variables; what is not named here keeps the default of main.bicep, or is added here.
// Numbers and flags that are set but empty count as not set.

using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'vod')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param principalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param principalType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')

param pythonVersion = readEnvironmentVariable('FUNCTIONS_PYTHON_VERSION', '3.11')
param hosting = readEnvironmentVariable('HOSTING', 'flex')
param instanceMemoryMB = readEnvironmentVariable('INSTANCE_MEMORY_MB', '') == '2048'
  ? 2048
  : contains(['', '4096'], readEnvironmentVariable('INSTANCE_MEMORY_MB', ''))
      ? 4096
      : fail('INSTANCE_MEMORY_MB is 2048 or 4096')
param maximumInstanceCount = empty(readEnvironmentVariable('MAXIMUM_INSTANCE_COUNT', ''))
  ? 100
  : int(readEnvironmentVariable('MAXIMUM_INSTANCE_COUNT', ''))
param alwaysReadyDurable = empty(readEnvironmentVariable('ALWAYS_READY_DURABLE', ''))
  ? 0
  : int(readEnvironmentVariable('ALWAYS_READY_DURABLE', ''))
param durableBackend = readEnvironmentVariable('DURABLE_BACKEND', 'storage')

param existingUploadsAccount = readEnvironmentVariable('EXISTING_UPLOADS_ACCOUNT', '')
param existingUploadsResourceGroup = readEnvironmentVariable('EXISTING_UPLOADS_RESOURCE_GROUP', '')
param existingUploadsTopic = readEnvironmentVariable('EXISTING_UPLOADS_TOPIC', '')
param existingDeliveryAccount = readEnvironmentVariable('EXISTING_DELIVERY_ACCOUNT', '')
param existingDeliveryResourceGroup = readEnvironmentVariable('EXISTING_DELIVERY_RESOURCE_GROUP', '')
param uploadsContainer = readEnvironmentVariable('UPLOADS_CONTAINER', 'uploads')
param videosContainer = readEnvironmentVariable('VIDEOS_CONTAINER', 'videos')

param frontDoorSku = readEnvironmentVariable('FRONT_DOOR_SKU', 'Standard_AzureFrontDoor')
param deliveryAccess = readEnvironmentVariable('DELIVERY_ACCESS', 'public')
param manifestEdgeTtlS = empty(readEnvironmentVariable('MANIFEST_EDGE_TTL_S', ''))
  ? 60
  : int(readEnvironmentVariable('MANIFEST_EDGE_TTL_S', ''))
param customDomain = readEnvironmentVariable('CUSTOM_DOMAIN', '')
param privateNetworking = empty(readEnvironmentVariable('PRIVATE_NETWORKING', ''))
  ? false
  : bool(readEnvironmentVariable('PRIVATE_NETWORKING', ''))

// Several are parted by commas.
param allowedIpRanges = filter(
  map(split(readEnvironmentVariable('ALLOWED_IP_RANGES', ''), ','), range => trim(range)),
  range => !empty(range)
)
param alertEmails = filter(
  map(split(readEnvironmentVariable('ALERT_EMAILS', ''), ','), email => trim(email)),
  email => !empty(email)
)

param monthlyBudget = empty(readEnvironmentVariable('MONTHLY_BUDGET', ''))
  ? 0
  : int(readEnvironmentVariable('MONTHLY_BUDGET', ''))
param budgetStart = readEnvironmentVariable('BUDGET_START', '')

param spotInstanceCount = empty(readEnvironmentVariable('SPOT_INSTANCE_COUNT', ''))
  ? 0
  : int(readEnvironmentVariable('SPOT_INSTANCE_COUNT', ''))
param spotSshPublicKey = readEnvironmentVariable('SPOT_SSH_PUBLIC_KEY', '')
