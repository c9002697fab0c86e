// Front Door before the delivery account: caching, HTTPS, and headers that players need.

import { Tags } from 'types.bicep'

param name string
param location string
param tags Tags
param sku 'Standard_AzureFrontDoor' | 'Premium_AzureFrontDoor'
param deliveryAccountId string
param deliveryHostName string
param videosContainer string

@description('A host name of your own; empty for Front Door\'s.')
param customDomain string

@description('For how long manifests stay at the edge, in seconds; those of the app itself say the same.')
param manifestMaxAgeS int

@description('Front Door reaches the account through Private Link, which Premium has.')
param isDeliveryPrivate bool

var isPremium = sku == 'Premium_AzureFrontDoor'
var hasDomain = !empty(customDomain)

// What paths.py calls the stable names. They are purged after each publish.
var stableNames = ['master.m3u8', 'manifest.mpd', 'poster.jpg', 'storyboard.vtt', 'report.json']

resource profile 'Microsoft.Cdn/profiles@2025-04-15' = {
  name: name
  location: 'global'
  tags: tags
  sku: { name: sku }
  properties: { originResponseTimeoutSeconds: 60 }
}

resource endpoint 'Microsoft.Cdn/profiles/afdEndpoints@2025-04-15' = {
  parent: profile
  name: name
  location: 'global'
  tags: tags
  properties: { enabledState: 'Enabled' }
}

resource origins 'Microsoft.Cdn/profiles/originGroups@2025-04-15' = {
  parent: profile
  name: 'delivery'
  properties: {
    // One origin has nothing to fail over to: no health probes, which are billed as requests.
    loadBalancingSettings: {
      sampleSize: 4
      successfulSamplesRequired: 3
      additionalLatencyInMilliseconds: 50
    }
  }
}

resource origin 'Microsoft.Cdn/profiles/originGroups/origins@2025-04-15' = {
  parent: origins
  name: 'storage'
  properties: {
    hostName: deliveryHostName
    originHostHeader: deliveryHostName
    enabledState: 'Enabled'
    enforceCertificateNameCheck: true
    sharedPrivateLinkResource: isDeliveryPrivate
      ? {
          privateLink: { id: deliveryAccountId }
          privateLinkLocation: location
          groupId: 'blob'
          requestMessage: 'durable-vod: Front Door reads the published videos'
        }
      : null
  }
}

resource rules 'Microsoft.Cdn/profiles/ruleSets@2025-04-15' = {
  parent: profile
  name: 'delivery'
}

// Storage answers with these headers only to requests that carry Origin. What is in the cache may
// come from one that did not, so they are set here, for all.
resource anyOrigin 'Microsoft.Cdn/profiles/ruleSets/rules@2025-04-15' = {
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
resource segments 'Microsoft.Cdn/profiles/ruleSets/rules@2025-04-15' = {
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
resource manifests 'Microsoft.Cdn/profiles/ruleSets/rules@2025-04-15' = {
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
            cacheDuration: dateTimeAdd('0001-01-01', 'PT${manifestMaxAgeS}S', 'HH:mm:ss')
            isCompressionEnabled: 'Disabled'
            queryStringCachingBehavior: 'IgnoreQueryString'
          }
        }
      }
    ]
  }
  dependsOn: [segments]
}

resource domain 'Microsoft.Cdn/profiles/customDomains@2025-04-15' = if (hasDomain) {
  parent: profile
  name: replace(customDomain, '.', '-')
  properties: {
    hostName: customDomain
    tlsSettings: { certificateType: 'ManagedCertificate', minimumTlsVersion: 'TLS12' }
  }
}

resource route 'Microsoft.Cdn/profiles/afdEndpoints/routes@2025-04-15' = {
  parent: endpoint
  name: 'videos'
  properties: {
    originGroup: { id: origins.id }
    ruleSets: [{ id: rules.id }]
    customDomains: hasDomain ? [{ id: domain.id }] : []
    linkToDefaultDomain: 'Enabled'
    patternsToMatch: ['/${videosContainer}/*']
    supportedProtocols: ['Http', 'Https']
    httpsRedirect: 'Enabled'
    forwardingProtocol: 'HttpsOnly'
    cacheConfiguration: {
      queryStringCachingBehavior: 'IgnoreQueryString'
      // Media does not shrink, and playlists are stored as gzip.
      compressionSettings: { isCompressionEnabled: false }
    }
    enabledState: 'Enabled'
  }
  // A route needs an origin to go to, and the rules that it applies.
  dependsOn: [origin, anyOrigin, segments, manifests]
}

resource firewall 'Microsoft.Network/frontDoorWebApplicationFirewallPolicies@2024-02-01' = if (isPremium) {
  name: replace('${name}waf', '-', '')
  location: 'global'
  tags: tags
  sku: { name: sku }
  properties: {
    policySettings: { enabledState: 'Enabled', mode: 'Prevention' }
    managedRules: {
      managedRuleSets: [
        { ruleSetType: 'Microsoft_DefaultRuleSet', ruleSetVersion: '2.1', ruleSetAction: 'Block' }
        { ruleSetType: 'Microsoft_BotManagerRuleSet', ruleSetVersion: '1.1' }
      ]
    }
  }
}

resource protection 'Microsoft.Cdn/profiles/securityPolicies@2025-04-15' = if (isPremium) {
  parent: profile
  name: 'firewall'
  properties: {
    parameters: {
      type: 'WebApplicationFirewall'
      wafPolicy: { id: firewall.id }
      associations: [
        {
          domains: concat([{ id: endpoint.id }], hasDomain ? [{ id: domain.id }] : [])
          patternsToMatch: ['/*']
        }
      ]
    }
  }
}

output profileName string = profile.name
output endpointName string = endpoint.name
output endpointHostName string = endpoint.properties.hostName

@description('Value of the TXT record _dnsauth.{customDomain}, with which Azure proves that it is yours.')
output domainValidationToken string = domain.?properties.validationProperties.validationToken ?? ''
