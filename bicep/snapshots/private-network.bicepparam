// Storage that answers inside a virtual network only, delivery included.
using '../main.bicep'

param environmentName = 'vod'
param location = 'westeurope'
param privateNetworking = true
param allowedIpRanges = ['203.0.113.0/24']
param frontDoorSku = 'Premium_AzureFrontDoor'
