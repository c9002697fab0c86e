// Tells somebody when a month becomes expensive. It tells, hours later, and stops nothing.

param name string

@description('In the currency that the subscription is billed in.')
param amountPerMonth int

@description('First day of the month in which the budget is first deployed: Azure takes no other, then or later.')
param start string

@description('Who gets mail; none: the owners of the subscription.')
param emails string[]

resource budget 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: amountPerMonth
    timeGrain: 'Monthly'
    timePeriod: { startDate: start }
    notifications: toObject([50, 80, 100], percent => 'actual${percent}', percent => {
      enabled: true
      thresholdType: 'Actual'
      operator: 'GreaterThanOrEqualTo'
      threshold: percent
      contactEmails: emails
      contactRoles: empty(emails) ? ['Owner'] : []
    })
  }
}
