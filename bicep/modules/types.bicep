// Types that several modules share.

@export()
type Tags = { *: string }

@export()
type Container = {
  name: string

  @description('Blob: anyone may read a blob whose name they know; nobody may list.')
  publicAccess: 'None' | 'Blob'
}

@export()
@description('Names of all containers.')
type Containers = {
  uploads: string
  work: string
  failed: string
  lostEvents: string
  videos: string
  deployments: string
}

@export()
@description('A storage account, wherever it is in the subscription.')
type Account = {
  name: string
  resourceGroup: string

  @description('It was there before, with what else it holds: only what is missing is added.')
  isExisting: bool
}

@export()
type Accounts = { host: Account, uploads: Account, delivery: Account }

@export()
type Principal = { id: string, type: 'User' | 'Group' | 'ServicePrincipal' }

@export()
@description('A role of one principal on one storage account, or on a single container of it.')
type StorageGrant = {
  @description('Id of a built-in role.')
  role: string
  who: string
  container: string?

  @description('What the role is narrowed to.')
  condition: string?
}

@export()
@description('Versions of Python that Azure Functions run and the app is tested with.')
type PythonVersion = '3.11' | '3.12' | '3.13'

@export()
@description('When blobs move to cheaper storage, and when they go.')
type Lifecycle = {
  @description('Days after which a source moves to the cool tier.')
  @minValue(0)
  sourceCoolDays: int

  @description('Days after which a source moves to the archive tier.')
  @minValue(0)
  sourceArchiveDays: int

  @description('Days for which a source is kept that a newer upload has replaced.')
  @minValue(1)
  replacedSourceDeleteDays: int

  @description('Days after which the notes of a job are deleted; longer than any job runs.')
  @minValue(2)
  workDeleteDays: int

  @description('Days after which dead letters are deleted.')
  @minValue(1)
  failedDeleteDays: int

  @description('Days for which a deleted upload can be brought back.')
  @minValue(1)
  @maxValue(365)
  softDeleteDays: int
}

@export()
@description('How videos are encoded; what is left out keeps the default of adapters/settings.py.')
type Encoding = {
  @description('Preset of x264.')
  preset: string?

  @description('Largest height of a rendition in pixels.')
  maxHeight: int?

  audioBitrateBps: int?

  @description('Fixed length of a chunk in seconds, instead of the one that unitBudgetS gives.')
  chunkS: int?

  @description('How long one unit of work may take, in seconds.')
  unitBudgetS: int?

  @description('How many pixels an instance encodes in a second; the base of unitBudgetS.')
  pixelsPerS: int?

  grouping: ('auto' | 'per_rendition' | 'together')?
  maxDurationS: int?

  @description('As text: it may be larger than a template\'s integer.')
  maxSizeBytes: string?

  stallTimeoutS: int?
  unitTimeoutS: int?
  manifestMaxAgeS: int?

  @description('Path of another ffmpeg on the instance.')
  ffmpeg: string?

  @description('Path of another ffprobe on the instance.')
  ffprobe: string?
}
