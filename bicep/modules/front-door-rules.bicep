// What Front Door does to requests and answers: headers for players, and how long what stays in the cache.

param profileName string

@description('For how long manifests stay at the edge, in seconds, if nothing purges them.')
param manifestEdgeTtlS int

// What paths.py calls the stable names. They are purged after each publish.
var stableNames = ['master.m3u8', 'manifest.mpd', 'poster.jpg', 'storyboard.vtt', 'report.json']

// Whatever stands behind a "?" goes on to storage, which answers ?comp=metadata with 200 and no file: each
// query has an entry of its own in the cache, and nobody else sees it. A purge covers them all.
var queries = 'UseQueryString'

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

// Storage takes tokens only from requests that name a version of its interface, which no browser does:
// "Authentication scheme Bearer is not supported in this version". Without a token it would be one of 2009.
// x-ms-range goes before Range, by which Front Door asks for pieces: a viewer could choose the bytes that are
// kept for all.
resource requests 'Microsoft.Cdn/profiles/ruleSets/rules@2025-06-01' = {
  parent: rules
  name: 'requests'
  properties: {
    order: 2
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
      {
        name: 'ModifyRequestHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Delete'
          headerName: 'x-ms-range'
        }
      }
    ]
  }
  dependsOn: [anyOrigin]
}

// Media and playlists of single renditions are content-addressed, and the app writes beside them that they may
// be kept for a year. Storage writes nothing beside an error: such as 403 while a role is on its way, and 404,
// which would otherwise stay after the file is there.
resource immutable 'Microsoft.Cdn/profiles/ruleSets/rules@2025-06-01' = {
  parent: rules
  name: 'immutable'
  properties: {
    order: 3
    matchProcessingBehavior: 'Continue'
    conditions: [
      {
        name: 'UrlFileName'
        parameters: {
          typeName: 'DeliveryRuleUrlFilenameMatchConditionParameters'
          operator: 'Equal'
          negateCondition: true
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
            cacheBehavior: 'OverrideIfOriginMissing'
            cacheDuration: '00:01:00'
            isCompressionEnabled: 'Disabled'
            queryStringCachingBehavior: queries
          }
        }
      }
    ]
  }
  dependsOn: [requests]
}

// Longer than the 10 s that browsers are told, since each publish purges them; errors, too.
resource manifests 'Microsoft.Cdn/profiles/ruleSets/rules@2025-06-01' = {
  parent: rules
  name: 'manifests'
  properties: {
    order: 4
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
            queryStringCachingBehavior: queries
          }
        }
      }
    ]
  }
  dependsOn: [immutable]
}

output id string = rules.id
