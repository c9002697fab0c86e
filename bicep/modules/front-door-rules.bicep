// What Front Door does to requests and answers: headers for players, and how long what stays in the cache.

param profileName string

@description('For how long manifests stay at the edge, in seconds, if nothing purges them.')
param manifestEdgeTtlS int

@description('Front Door comes to storage with an identity of its own.')
param hasIdentity bool

// What paths.py calls the stable names. They are purged after each publish.
var stableNames = ['master.m3u8', 'manifest.mpd', 'poster.jpg', 'storyboard.vtt', 'report.json']

resource profile 'Microsoft.Cdn/profiles@2025-06-01' existing = { name: profileName }

resource rules 'Microsoft.Cdn/profiles/ruleSets@2025-06-01' = {
  parent: profile
  name: 'delivery'
}

// Storage answers with these headers only to requests that carry Origin. What is in the cache may
// come from one that did not, so they are set here, for all.
resource anyOrigin 'Microsoft.Cdn/profiles/ruleSets/rules@2025-06-01' = {
  parent: rules
  name: 'anyOrigin'
  properties: {
    order: 1
    matchProcessingBehavior: 'Continue'
    conditions: []
    actions: [
      for header in [
        { name: 'Access-Control-Allow-Origin', value: '*' }
        // Range requests are read by scripts, and so are these answers to them.
        {
          name: 'Access-Control-Expose-Headers'
          value: 'Accept-Ranges, Content-Length, Content-Range, Date, ETag'
        }
      ]: {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: header.name
          value: header.value
        }
      }
    ]
  }
}

// Media is content-addressed: what has a name keeps it for ever.
resource segments 'Microsoft.Cdn/profiles/ruleSets/rules@2025-06-01' = {
  parent: rules
  name: 'segments'
  properties: {
    order: 2
    matchProcessingBehavior: 'Continue'
    conditions: [
      {
        name: 'UrlFileExtension'
        parameters: {
          typeName: 'DeliveryRuleUrlFileExtensionMatchConditionParameters'
          operator: 'Equal'
          matchValues: ['m4s', 'mp4']
          transforms: ['Lowercase']
        }
      }
    ]
    actions: [
      {
        name: 'RouteConfigurationOverride'
        parameters: {
          typeName: 'DeliveryRuleRouteConfigurationOverrideActionParameters'
          cacheConfiguration: {
            cacheBehavior: 'OverrideAlways'
            cacheDuration: '365.00:00:00'
            isCompressionEnabled: 'Disabled'
            queryStringCachingBehavior: 'IgnoreQueryString'
          }
        }
      }
    ]
  }
  dependsOn: [anyOrigin]
}

// Also for "not found", which would otherwise stay after the video is there. Playlists of single
// renditions are immutable: for them, as for all else, the header that storage sends counts.
resource manifests 'Microsoft.Cdn/profiles/ruleSets/rules@2025-06-01' = {
  parent: rules
  name: 'manifests'
  properties: {
    order: 3
    matchProcessingBehavior: 'Continue'
    conditions: [
      {
        name: 'UrlFileName'
        parameters: {
          typeName: 'DeliveryRuleUrlFilenameMatchConditionParameters'
          operator: 'Equal'
          matchValues: stableNames
          transforms: ['Lowercase']
        }
      }
    ]
    actions: [
      {
        name: 'RouteConfigurationOverride'
        parameters: {
          typeName: 'DeliveryRuleRouteConfigurationOverrideActionParameters'
          cacheConfiguration: {
            cacheBehavior: 'OverrideAlways'
            cacheDuration: dateTimeAdd('0001-01-01', 'PT${manifestEdgeTtlS}S', 'HH:mm:ss')
            isCompressionEnabled: 'Disabled'
            queryStringCachingBehavior: 'IgnoreQueryString'
          }
        }
      }
    ]
  }
  dependsOn: [segments]
}

// Storage takes tokens only from requests that name a version of its interface, which no browser does:
// "Authentication scheme Bearer is not supported in this version".
resource storageVersion 'Microsoft.Cdn/profiles/ruleSets/rules@2025-06-01' = if (hasIdentity) {
  parent: rules
  name: 'storageVersion'
  properties: {
    order: 4
    matchProcessingBehavior: 'Continue'
    conditions: []
    actions: [
      {
        name: 'ModifyRequestHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'x-ms-version'
          value: '2021-12-02'
        }
      }
    ]
  }
  dependsOn: [manifests]
}

output id string = rules.id
