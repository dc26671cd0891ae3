"""A department asks over HTTP, two people approve, workers make the cloud so, the department confirms: real processes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.acceptance import manifests
from tests.acceptance.http.conftest import Serve, Work
from tests.acceptance.shell import Shell
from tests.acceptance.site import Site
from tests.acceptance.waiting import until


@dataclass(frozen=True, slots=True)
class People:
    """Everybody with a token of their own, at one server."""

    tenantry: Shell
    url: httpx.URL

    def __call__(self, actor: str, role: str, *options: str) -> httpx.Client:
        """Let somebody in."""
        token = self.tenantry("token", "create", actor, "--role", role, *options).out.strip()
        return httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {token}"}, timeout=60)


@pytest.fixture
def let_in(tenantry: Shell, in_force: Site, serve: Serve) -> People:
    """Everybody's server, after the city's manifests came into force."""
    return People(tenantry, serve().client.base_url)


def wanted(site: Site, cores: int) -> manifests.Document:
    """The tenant with so many cores of 12."""
    quota = {**manifests.QUOTA, "compute": {**manifests.QUOTA["compute"], "cores": cores}}
    envelope = {"city": {"compute": {"cores": 12}}}
    return manifests.tenant(site.name, manifests.project(quota=quota), envelope=envelope)


@pytest.fixture
def in_force(site: Site) -> Site:
    """A tenant with 6 of its 12 cores, applied by the operators."""
    site.ask_all(wanted(site, 6))
    site.apply()
    return site


@pytest.fixture
def member(let_in: People, in_force: Site) -> Iterator[httpx.Client]:
    """The department's engineer."""
    with let_in("陈明", "member", "--tenant", in_force.name) as client:
        yield client


@pytest.fixture
def reviewers(let_in: People) -> Iterator[dict[str, httpx.Client]]:
    """Two people of the authority, by the review that they make."""
    with let_in("王芳", "reviewer") as first, let_in("赵磊", "reviewer") as second:
        yield {"administrative": first, "technical": second}


Approve = Callable[[Any], None]


@pytest.fixture
def approve(reviewers: dict[str, httpx.Client]) -> Approve:
    """Both reviews of a request, as it was when it was last seen."""

    def approve(request: Any) -> None:
        for review, client in reviewers.items():
            body = {"review": review, "fingerprint": request["fingerprint"], "comment": "同意"}
            answer = client.post(f"/v1/requests/{request['id']}/approve", json=body)
            assert answer.status_code == 200, answer.text

    return approve


def ask(site: Site, member: httpx.Client, cores: int) -> httpx.Response:
    """The department's manifest alone, as JSON."""
    return member.post("/v1/requests", json=wanted(site, cores))


def test_from_asking_to_confirmed(in_force: Site, member: httpx.Client, approve: Approve, work: Work) -> None:
    """Nobody has to say that it be carried out: a worker finds it, and notes its end."""
    made = ask(in_force, member, 10).json()
    path = f"/v1/requests/{made['id']}"
    assert (made["state"], made["rooms"][0]["asked"]) == ("administrative-review", 4)
    approve(made)
    assert in_force.enforced["compute"]["cores"] == 6
    work()
    until(lambda: member.get(path).json()["state"] == "testing", "it is carried out")
    assert in_force.enforced["compute"]["cores"] == 10
    opened = member.post(f"{path}/confirm", json={"comment": "已验收"}).json()
    assert opened["state"] == "open"
    assert [each["actor"] for each in opened["history"]] == [
        "陈明",
        "tenantry",
        "王芳",
        "赵磊",
        *["tenantry"] * 2,
        "陈明",
    ]
    assert member.get("/v1/reservations").json()["items"] == []


def test_too_much_is_declined_with_what_would_fit(in_force: Site, member: httpx.Client) -> None:
    """Over the envelope: nothing is reserved."""
    answer = ask(in_force, member, 13)
    assert (answer.status_code, answer.json()["type"]) == (422, "tag:tenantry,2026:not-enough-left")
    assert answer.json()["shortfalls"][0]["largest"] == 6
    assert member.get("/v1/reservations").json()["items"] == []
