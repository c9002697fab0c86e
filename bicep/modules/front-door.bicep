// Front Door before the delivery account: caching, HTTPS, and headers that players need.

import { Tags } from 'types.bicep'

param name string
param tags Tags
param sku 'Standard_AzureFrontDoor' | 'Premium_AzureFrontDoor'
param deliveryAccountId string
param deliveryHostName string

@description('Region of the account.')
param deliveryLocation string
param videosContainer string

@description('A host name of your own; empty for Front Door\'s.')
param customDomain string

@description('For how long manifests stay at the edge, in seconds, if nothing purges them.')
param manifestEdgeTtlS int

@description('Front Door reaches the account through Private Link, which Premium has.')
param isDeliveryPrivate bool

@description('Front Door comes to the account with the profile\'s identity; not through Private Link.')
param hasIdentity bool

var isPremium = sku == 'Premium_AzureFrontDoor'
var hasDomain = !empty(customDomain)

// What Entra ID calls Azure Storage, in every cloud.
#disable-next-line no-hardcoded-env-urls
var tokenAudience = 'https://storage.azure.com'

resource profile 'Microsoft.Cdn/profiles@2025-06-01' existing = { name: name }

resource endpoint 'Microsoft.Cdn/profiles/afdEndpoints@2025-06-01' = {
  parent: profile
  name: name
  location: 'global'
  tags: tags
  properties: { enabledState: 'Enabled' }
}

resource origins 'Microsoft.Cdn/profiles/originGroups@2025-06-01' = {
  parent: profile
  name: 'delivery'
  properties: {
    loadBalancingSettings: {
      sampleSize: 4
      successfulSamplesRequired: 3
      additionalLatencyInMilliseconds: 50
    }
    // One origin has nothing to fail over to, and probes are billed as requests: none, but where an identity
    // is used, which Azure documents to work with probes over HTTPS only. Their answer does not matter.
    healthProbeSettings: hasIdentity
      ? {
          probeProtocol: 'Https'
          probeRequestType: 'HEAD'
          probePath: '/'
          probeIntervalInSeconds: 255
        }
      : null
    authentication: hasIdentity
      ? { type: 'SystemAssignedIdentity', scope: '${tokenAudience}/.default' }
      : null
  }
}

resource origin 'Microsoft.Cdn/profiles/originGroups/origins@2025-06-01' = {
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
          privateLinkLocation: deliveryLocation
          groupId: 'blob'
          requestMessage: 'durable-vod: Front Door reads the published videos'
        }
      : null
  }
}

module rules 'front-door-rules.bicep' = {
  params: {
    profileName: profile.name
    manifestEdgeTtlS: manifestEdgeTtlS
  }
}

resource domain 'Microsoft.Cdn/profiles/customDomains@2025-06-01' = if (hasDomain) {
  parent: profile
  name: replace(customDomain, '.', '-')
  properties: {
    hostName: customDomain
    tlsSettings: { certificateType: 'ManagedCertificate', minimumTlsVersion: 'TLS12' }
  }
}

resource route 'Microsoft.Cdn/profiles/afdEndpoints/routes@2025-06-01' = {
  parent: endpoint
  name: 'videos'
  properties: {
    originGroup: { id: origins.id }
    ruleSets: [{ id: rules.outputs.id }]
    customDomains: hasDomain ? [{ id: domain.id }] : []
    linkToDefaultDomain: 'Enabled'
    patternsToMatch: ['/${videosContainer}/*']
    supportedProtocols: ['Http', 'Https']
    httpsRedirect: 'Enabled'
    forwardingProtocol: 'HttpsOnly'
    cacheConfiguration: {
      // As the rules have it, and why.
      queryStringCachingBehavior: 'UseQueryString'
      // Media does not shrink, and playlists are stored as gzip.
      compressionSettings: { isCompressionEnabled: false }
    }
    enabledState: 'Enabled'
  }
  // A route needs an origin to go to.
  dependsOn: [origin]
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

resource protection 'Microsoft.Cdn/profiles/securityPolicies@2025-06-01' = if (isPremium) {
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

output endpointHostName string = endpoint.properties.hostName

@description('Value of the TXT record _dnsauth.{customDomain}, with which Azure proves that it is yours.')
output domainValidationToken string = domain.?properties.validationProperties.validationToken ?? ''
