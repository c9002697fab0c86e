// What `azd up` deploys when nothing is set.
using '../main.bicep'

param environmentName = 'vod'
param location = 'westeurope'
