// The task hub in Durable Task Scheduler.
using '../main.bicep'

param environmentName = 'vod'
param location = 'westeurope'
param durableBackend = 'scheduler'
param alwaysReadyDurable = 1
