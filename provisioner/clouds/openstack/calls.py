"""What is asked of an OpenStack service and what it gives back, as records. Pure, but for reading a response's body.

Every service module builds `Call`s and reads `Answer`s; `connection` carries them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from provisioner.clouds.interface import ProjectId, Receipt

#: JSON objects as the services answer them.
Body = Mapping[str, Any]

#: Nova named its header before the others agreed on one.
_REQUEST_ID_HEADERS: Final = ("x-openstack-request-id", "x-compute-request-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to one service."""

    #: OpenStack's service type: `compute`.
    service: str
    method: str
    #: Below the service's versioned endpoint.
    path: str
    params: Body | None = None
    body: Body | Sequence[Body] | None = None
    #: What the body is, where it is no plain JSON.
    content_type: str | None = None
    #: None for the service's lowest.
    microversion: str | None = None
    #: The project whose token it carries; None for Tenantry's own.
    project: ProjectId | None = None
    #: Error statuses that the caller takes as answers.
    accept: frozenset[int] = frozenset()
    #: What the body of a successful answer has to have.
    expects: str | None = None

    def __str__(self) -> str:
        return f"{self.service}: {self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A successful answer, or one whose failure the caller asked to see."""

    status: int
    body: Body = field(default_factory=dict)
    request_id: str | None = None

    @property
    def receipt(self) -> Receipt:
        """The answer as evidence for the journal."""
        return Receipt(request_ids=() if self.request_id is None else (self.request_id,))


def read_answer(response: requests.Response) -> Answer:
    """The answer in our terms; a body that is not a JSON object counts as empty."""
    return Answer(status=response.status_code, body=body_of(response), request_id=request_id_of(response))


def request_id_of(response: requests.Response) -> str | None:
    """OpenStack's id of the request, by which its operators find it in their logs."""
    return next((response.headers[name] for name in _REQUEST_ID_HEADERS if response.headers.get(name)), None)


def body_of(response: requests.Response) -> Body:
    """The JSON object in the body, or an empty one."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def joined(*receipts: Receipt) -> Receipt:
    """One receipt for calls that belong together."""
    return Receipt(request_ids=tuple(each for receipt in receipts for each in receipt.request_ids))
