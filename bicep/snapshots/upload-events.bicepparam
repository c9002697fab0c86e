// The second phase: events of new uploads.
using '../upload-events.bicep'

param functionAppName = 'func-vod'
param topicName = 'evgt-vod'
param uploadsAccountName = 'voduploads'
