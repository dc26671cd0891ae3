"""What Tenantry sent to the clouds, from their own logs."""

from typing import Final

from devcloud.fixture import Devcloud
from devcloud.handle import Mark
from devcloud.records import RequestRecord

_READING: Final = {"GET", "HEAD"}
_TOKENS: Final = "/v3/auth/tokens"
_CREATED: Final = 201
_FIRST_REFUSAL: Final = 400


def sent(devcloud: Devcloud, since: Mark) -> list[RequestRecord]:
    """Tenantry's requests since then that the clouds have answered, in order."""
    return [each for each in devcloud.requests(since=since) if each.user_agent.startswith("tenantry/")]


def writes(devcloud: Devcloud, since: Mark) -> list[RequestRecord]:
    """Those of them that mean to change something."""
    return [each for each in sent(devcloud, since) if each.method not in _READING and each.path != _TOKENS]


def effects(devcloud: Devcloud, since: Mark) -> list[RequestRecord]:
    """The writes that changed something: those that the cloud did not decline."""
    return [each for each in writes(devcloud, since) if each.status < _FIRST_REFUSAL]


def projects_made(devcloud: Devcloud, since: Mark) -> int:
    """How many projects Keystone made for Tenantry since then."""
    return sum(
        1
        for each in writes(devcloud, since)
        if (each.method, each.path) == ("POST", "/v3/projects") and each.status == _CREATED
    )
