// Where telemetry goes. Everyone who sends or reads comes with an identity; keys are off.

import { Tags } from 'types.bicep'

param workspaceName string
param insightsName string
param workbookName string
param location string
param tags Tags

@description('Share of traces and logs that is kept, in percent. Metrics are never sampled.')
@minValue(1)
@maxValue(100)
param samplingPercent int

@description('After this many GB in a day nothing more is taken in until the next.')
@minValue(1)
param dailyCapGb int

@minValue(30)
@maxValue(730)
param retentionDays int

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyCapGb }
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
    SamplingPercentage: samplingPercent
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, workbookName)
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: workbookName
    category: 'workbook'
    sourceId: workspace.id
    serializedData: replace(
      string(loadJsonContent('../workbook.json')),
      '{WORKSPACE_ID}',
      workspace.id
    )
  }
}

output workspaceId string = workspace.id
output insightsName string = insights.name

@description('No secret: nothing can be sent with it but by an identity that has the role.')
output connectionString string = insights.properties.ConnectionString
