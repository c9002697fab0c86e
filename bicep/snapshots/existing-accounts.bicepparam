// Uploads and videos in accounts that were there before, in groups of their own, and a network of the app's.
using '../main.bicep'

param environmentName = 'vod'
param location = 'westeurope'
param pythonVersion = '3.13'
param existingUploadsAccount = 'archiveaccount'
param existingUploadsResourceGroup = 'rg-archive'
param existingUploadsTopic = 'archive-events'
param existingDeliveryAccount = 'siteaccount'
param existingDeliveryResourceGroup = 'rg-site'
param uploadsContainer = 'incoming'
param videosContainer = 'films'
param privateNetworking = true
