"""The host that runs function_app.py where Azure Functions Core Tools are absent.

It indexes the app as the real host does (`app.get_functions()`), serves blob, queue and HTTP
triggers and the durable client's HTTP API, and runs orchestrators and activities on the durabletask
engine. Storage is real (Azurite, or an account named by a connection string); the state of
orchestrations is in memory and ends with the process.

What differs from Azure Functions:

State
  - Nothing survives a restart. Every blob that is there at the start triggers once, as with a new
    host id; done-markers make the work that was finished cheap.
  - One process, no scale-out. Task hub names, leases and visibility time-outs mean nothing.
  - When it ends, running activities are abandoned at once instead of being waited for. Their
    threads are daemons, so that exit handlers, such as the one that ends FFmpeg, run immediately.

Triggers
  - A blob trigger always polls, whatever its source says, and only lists; there are no receipts in
    storage. Only SDK clients (BlobClient, ContainerClient, StorageStreamDownloader) can be bound.
  - A queue trigger polls at a fixed pace instead of backing off, and a message that failed is
    visible again at once, whatever `visibilityTimeout` says.
  - A container or queue that is missing is warned of once, not every two seconds.
  - One key opens all functions (`--key`, or the setting DEVHOST_KEY). Where there is none, nobody
    is asked for it, as by Core Tools.
  - Routes know `{name}`, `{name?}`, `{name:constraint}` (the constraint is not checked) and
    `{*rest}`.
  - Connections are app settings that hold a connection string; identities are not served.
  - Other triggers and bindings stop the start with an error that names them.

Telemetry
  - It is set up as the worker does it, by the same settings. Spans, metrics and log lines of a host
    are not sent, so a job's trace begins with the function that starts it.
  - Log lines are written as host.json's levels say; overrides of them by settings are not read.

Durable Functions
  - A failed task with a retry policy fails after its last attempt; the real host waits one more
    interval before that. Timers are not early.
  - Names of activities, orchestrators and sub-orchestrators that are not registered fail at once;
    the real host waits for ever. So do ids with `/ \\ # ?`, control characters or more than 100
    characters, and a sub-orchestration on an id that is running.
  - An orchestration that returns is complete although a timer of its own is still pending.
  - Data of external events arrives as it was raised, decoded once.
  - Entities, durable HTTP, rewind and restart are not served.
"""

from devhost.config import HostConfig
from devhost.host import DevHost

__all__ = ["DevHost", "HostConfig"]
