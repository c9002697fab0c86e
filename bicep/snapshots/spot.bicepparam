// Spot machines beside the app.
using '../main.bicep'

param environmentName = 'vod'
param location = 'westeurope'
param spotInstanceCount = 10
param spotSshPublicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIExampleKeyOfNobodyAtAllForTheSnapshotsOnly example'
