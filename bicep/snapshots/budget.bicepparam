// Somebody is told when a month becomes expensive, and may upload.
using '../main.bicep'

param environmentName = 'vod'
param location = 'westeurope'
param monthlyBudget = 200
param budgetStart = '2026-11-01'
param alertEmails = ['ops@example.com']
