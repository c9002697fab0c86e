// One account that was there before for uploads and videos, without a topic, in a network of the app's own; on
// the way from public delivery to private.
using '../main.bicep'

param environmentName = 'vod'
param location = 'westeurope'
param existingUploadsAccount = 'mediaaccount'
param existingUploadsResourceGroup = 'rg-media'
param existingDeliveryAccount = 'mediaaccount'
param existingDeliveryResourceGroup = 'rg-media'
param privateNetworking = true
param deliveryAccess = 'both'
