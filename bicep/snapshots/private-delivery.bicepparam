// Front Door reads the videos with an identity of its own; nothing is public.
using '../main.bicep'

param environmentName = 'vod'
param location = 'westeurope'
param deliveryAccess = 'identity'
