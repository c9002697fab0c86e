// Elastic Premium, Front Door Premium with its firewall, a domain of one's own, and somebody to tell.
using '../main.bicep'

param environmentName = 'vod'
param location = 'westeurope'
param principalId = '11111111-1111-1111-1111-111111111111'
param hosting = 'premium'
param frontDoorSku = 'Premium_AzureFrontDoor'
param customDomain = 'video.example.com'
param alertEmails = ['ops@example.com']
