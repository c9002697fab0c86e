// What somebody should know of, and who. Queries read the metrics of adapters/metrics.py and
// adapters/telemetry.py, the spans of the latter, and the log lines of triggers/.

import { Tags } from 'types.bicep'

param name string
param location string
param tags Tags
param workspaceId string
param topicId string
param emails string[]

@description('A job that has not moved for this long has stalled, in minutes.')
param stalledAfterMinutes int

type Alert = {
  name: string
  description: string

  @description('0 critical, 1 error, 2 warning, 3 informational.')
  severity: 0 | 1 | 2 | 3

  @description('Kusto; the alert fires when it returns a row.')
  query: string
  window: 'PT15M' | 'PT1H' | 'PT6H'
  every: 'PT5M' | 'PT15M'
}

var alerts Alert[] = [
  {
    name: 'failed-job'
    description: 'A job has failed for good. Its report with the command and how to replay is in the container "failed".'
    severity: 1
    query: '''
      AppMetrics
      | where Name == "vod.jobs" and tostring(Properties.status) == "failed"
      | summarize failed = sum(Sum)
      | where failed > 0
    '''
    window: 'PT15M'
    every: 'PT5M'
  }
  {
    name: 'dead-letter'
    description: 'A dead letter was written: a job failed, its source was refused, or it never began.'
    severity: 3
    query: '''
      AppMetrics
      | where Name == "vod.dead_letters"
      | summarize letters = sum(Sum) by kind = tostring(Properties.kind)
      | where letters > 0
    '''
    window: 'PT15M'
    every: 'PT5M'
  }
  {
    name: 'poison-queue'
    description: 'The trigger gave up on an upload event after five attempts: its video has no job.'
    severity: 1
    query: '''
      AppMetrics
      | where Name == "vod.dead_letters" and tostring(Properties.kind) == "trigger_failed"
      | summarize letters = sum(Sum)
      | where letters > 0
    '''
    window: 'PT15M'
    every: 'PT5M'
  }
  {
    name: 'no-progress'
    description: 'A job was started, has not ended, and no step of it has ended for a while.'
    severity: 1
    query: replace(
      '''
      let steps = AppDependencies
        | extend job = tostring(Properties["vod.job_id"])
        | where isnotempty(job)
        | summarize moved = max(TimeGenerated),
            ended = maxif(TimeGenerated, Name in ("end_job", "dead_letter")) by job;
      AppTraces
      | where Message startswith "started the job of"
      | extend job = tostring(Properties.job_id)
      | summarize started = max(TimeGenerated) by job
      | join kind=leftouter steps on job
      // A replay starts a job anew that has ended before.
      | where isnull(ended) or ended < started
      | where max_of(started, coalesce(moved, started)) < ago({MINUTES}m)
    ''',
      '{MINUTES}',
      string(stalledAfterMinutes)
    )
    window: 'PT6H'
    every: 'PT15M'
  }
  {
    name: 'purge-failing'
    description: 'Front Door refuses to be purged: viewers see an older version until it expires.'
    severity: 2
    query: '''
      AppMetrics
      | where Name == "vod.purges" and tostring(Properties.status) == "failed"
      | summarize failures = sum(Sum)
      | where failures > 0
    '''
    window: 'PT1H'
    every: 'PT15M'
  }
]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'durable-vod'
    emailReceivers: [
      for email in emails: { name: email, emailAddress: email, useCommonAlertSchema: true }
    ]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in alerts: {
    name: '${name}-${alert.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'durable-vod: ${alert.name}'
      description: alert.description
      severity: alert.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: alert.every
      windowSize: alert.window
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      // The tables come with the first telemetry, after this deployment.
      skipQueryValidation: true
      actions: { actionGroups: [group.id] }
    }
  }
]

resource lostEvents 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${name}-lost-event'
  location: 'global'
  tags: tags
  properties: {
    description: 'Event Grid gave up on an event: the video has no job. The event is in the container "lost-events".'
    severity: 1
    enabled: true
    scopes: [topicId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'dead letters'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'DeadLetteredCount'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: [{ actionGroupId: group.id }]
  }
}
