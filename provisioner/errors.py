"""The errors that cross Tenantry's inner boundaries; each is retryable or terminal.

    TenantryError
    ├── CloudError              a cloud answered, or failed to
    │   ├── CloudUnavailable    retryable: no answer, 5xx, 429; nothing is known to have changed
    │   ├── CloudConflict       terminal for this attempt: 409, what we meant to make exists or is busy
    │   ├── CloudRefused        terminal: 400, 401, 403, 404, 413: the request as it stands will not succeed
    │   ├── CloudMisconfigured  terminal: not in clouds.yaml, bad credentials, a service is missing
    │   ├── EffectMissing       terminal: the cloud said yes, and what was written is not there
    │   ├── DependencyMissing   terminal for this attempt: what it needs could not be made
    │   └── PlanChanged         terminal: the cloud is no longer as the plan saw it
    ├── StoreError              the database refuses, or its schema is not ours
    │   └── StoreUnavailable    retryable: the database cannot be reached
    ├── PlanExpired             terminal: the plan is too old to be applied; a new one is made in its place
    └── InputError              what the user gave cannot be used (files, options); validation reports by values instead

Adapters translate library errors into these and chain the cause. All take one string, because the durable engine
keeps only an exception's message.
"""


class TenantryError(Exception):
    """Base of all errors that Tenantry raises on purpose."""

    #: Whether the same call may succeed later without anybody changing anything.
    retryable = False


class CloudError(TenantryError):
    """A cloud failed to do what was asked. `request_id` is OpenStack's, for its operators' logs."""

    def __init__(self, message: str, *, request_id: str | None = None) -> None:
        super().__init__(message)
        self.request_id = request_id


class CloudUnavailable(CloudError):
    """The cloud did not answer, or answered that it cannot now."""

    retryable = True


class CloudConflict(CloudError):
    """What was to be made exists already, or is busy (HTTP 409)."""


class CloudRefused(CloudError):
    """The cloud understood and declined (HTTP 4xx)."""


class CloudMisconfigured(CloudError):
    """The cloud cannot be used as it is configured: not named, credentials refused, or a service missing."""


class EffectMissing(CloudError):
    """The cloud accepted a write, and reading it back shows something else."""


class DependencyMissing(CloudError):
    """Something that was to be made first could not be made; mend that, and the next apply makes both."""


class PlanChanged(CloudError):
    """The cloud is no longer as it was when the plan was made, so the plan's approval does not cover it."""


class StoreError(TenantryError):
    """The database refuses what was asked, or is not at the schema that this version needs."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, or has no connection free."""

    retryable = True


class PlanExpired(TenantryError):
    """The plan was made too long ago: nobody remembers what it was decided on."""


class InputError(TenantryError):
    """What the user gave cannot be used: a file that is missing, an option that contradicts another."""
