"""Departments that ask for a project each, the people who decide, and what must be true of all of it in the end."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import yaml

from provisioner.access import Principal, Role
from provisioner.operation import Actor
from provisioner.tokens import issue
from tenants.names import TenantName
from tests.acceptance import manifests
from tests.acceptance.clouds import Cloud
from tests.acceptance.service.client import Client, eventually
from tests.acceptance.service.postgres import Postgres
from tests.acceptance.service.processes import Post, Processes

YAML: Final = {"content-type": "application/yaml"}
#: Cores that each department asks for.
CORES: Final = 10
#: Where a request that goes through ends, and where nothing more happens to one.
OPEN: Final = "open"
ENDS: Final = frozenset({OPEN, "rejected", "withdrawn", "failed", "expired"})


def wish(town: str, unit: str, *, cores: int = CORES) -> manifests.Document:
    """A department's manifest: a tenant below the town, with one project of so many cores."""
    quota = {"compute": {"cores": cores}}
    project = {key: value for key, value in manifests.project(quota=quota).items() if key != "members"}
    return manifests.tenant(unit, project, display_name=f"{unit} 档案室", parent=town)


def town(name: str, *, cores: int) -> manifests.Document:
    """The tenant above them all, with an envelope."""
    return manifests.tenant(name, envelope={"city": {"compute": {"cores": cores}}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Everybody, and the service that they share."""

    postgres: Postgres
    processes: Processes
    city: Cloud
    town: str

    def client(self, actor: str, role: Role, tenant: str | None = None) -> Client:
        """Somebody with a new token."""
        who = Principal(actor=Actor(actor), role=role, tenant=None if tenant is None else TenantName(tenant))
        issued = issue(self.postgres.database, who, by=Actor("test"), at=datetime.now(UTC), lifetime=timedelta(days=1))
        return Client(ports=self.processes.ports, token=issued.text)

    def unit(self, number: int) -> str:
        """The name of a department's tenant."""
        return f"{self.town}-{number}"

    def department(self, number: int) -> "Department":
        """One of them."""
        unit = self.unit(number)
        return Department(office=self, unit=unit, member=self.client(f"陈明-{number}", Role.MEMBER, unit))

    def apply(self, *documents: manifests.Document) -> list[str]:
        """Have the operators apply these, beside the cloud; returns the operations that were queued."""
        operator = self.client("李娜", Role.OPERATOR)
        text = yaml.safe_dump_all([manifests.cloud(), *documents], allow_unicode=True).encode()
        plan = operator.post("/v1/plans", text, **YAML).json()
        answer = operator.post(f"/v1/plans/{plan['id']}/apply", **{"if-match": f'"{plan["fingerprint"]}"'})
        assert answer.status_code == 202, answer.text
        return [each["id"] for each in answer.json()["operations"]]

    def found(self, town: manifests.Document) -> None:
        """Have the operators apply the town, and wait until it is there."""
        (operation,) = self.apply(town)
        eventually(lambda: self.state_of(operation) == "done", "the town is there")

    def state_of(self, operation: str) -> str:
        """Where an operation is."""
        (state,) = self.postgres.rows("SELECT state FROM tenantry.operations WHERE id = :id", id=operation)
        return str(state)

    def steps_begun(self, operation: str) -> int:
        """How often a step of it was begun."""
        (count,) = self.postgres.rows(
            "SELECT coalesce(sum(attempts), 0) FROM tenantry.steps WHERE operation_id = :id", id=operation
        )
        return int(count)

    def worker_of(self, operation: str) -> Post:
        """The worker that carries it out."""
        (executor,) = self.postgres.rows(
            "SELECT executor_id FROM dbos.workflow_status WHERE workflow_uuid = :id", id=operation
        )
        pid = int(executor.partition("-")[0])
        return next(each for each in self.processes.workers if each.running.process.pid == pid)

    def unfinished(self) -> list[Any]:
        """What the journal has not brought to an end: operations under way, and steps begun."""
        return self.postgres.rows(
            "SELECT id FROM tenantry.operations WHERE state IN ('queued', 'running')"
            " UNION ALL SELECT operation_id FROM tenantry.steps WHERE state = 'started'"
        )

    def reserved(self) -> int:
        """Cores of the town that are reserved."""
        (found,) = self.postgres.rows(
            "SELECT coalesce(sum(amount), 0) FROM tenantry.reservations WHERE released_at IS NULL AND tenant = :town",
            town=self.town,
        )
        return int(found)

    def projects(self) -> dict[str, int]:
        """The cores of each department's project, by Keystone name, as Nova enforces them."""
        listed = self.city.admin.call("GET", "keystone", f"/v3/projects?domain_id={self.city.domain_id()}")["projects"]
        ours = {each["name"]: each["id"] for each in listed if each["name"].startswith(f"{self.town}-")}
        return {
            name: self.city.admin.call("GET", "nova", f"/os-quota-sets/{project}")["quota_set"]["cores"]
            for name, project in ours.items()
            if name != f"{self.town}-registration"
        }

    def must_add_up(self, ends: Mapping[str, str]) -> None:
        """Raises AssertionError where the database or the cloud is not as these requests' ends say."""
        there = {f"{unit}-registration": CORES for unit, end in ends.items() if end == OPEN}
        assert self.projects() == there
        known = {each["tenant"]: each["state"] for each in rows_of_requests(self.postgres)}
        assert known == dict(ends)
        assert self.unfinished() == []
        assert self.reserved() == 0
        assert self.twice() == []
        assert self.settled() == CORES * len(there)

    def settled(self) -> int:
        """Cores of the town that were reserved and are held by now."""
        (found,) = self.postgres.rows(
            "SELECT coalesce(sum(amount), 0) FROM tenantry.reservations WHERE settled IS NOT NULL AND tenant = :town",
            town=self.town,
        )
        return int(found)

    def twice(self) -> list[Any]:
        """What was done more than once, of what is done once: steps of requests, by the audit log."""
        return self.postgres.rows(
            "SELECT subject, action FROM tenantry.audit WHERE action IN ('request.submit', 'request.withdraw',"
            " 'request.reject', 'request.execute', 'request.finish', 'request.confirm')"
            " GROUP BY subject, action HAVING count(*) > 1"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department and its one request."""

    office: Office
    unit: str
    member: Client

    def submit(self) -> Any:
        """Ask; the answer, whatever it says."""
        text = yaml.safe_dump(wish(self.office.town, self.unit), allow_unicode=True).encode()
        return self.member.post(f"/v1/requests?tenant={self.unit}", text, key=self.unit, **YAML)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewers:
    """The two people who decide."""

    administrative: Client
    technical: Client

    @classmethod
    def of(cls, office: Office) -> "Reviewers":
        """With new tokens."""
        return cls(administrative=office.client("王芳", Role.REVIEWER), technical=office.client("赵磊", Role.REVIEWER))

    def approve(self, request: Any) -> None:
        """Consent in whichever review it waits for; a decision that another has overtaken is none."""
        client = self.administrative if request["review"] == "administrative" else self.technical
        said = {"review": request["review"], "fingerprint": request["fingerprint"]}
        answer = client.post(f"/v1/requests/{request['id']}/approve", said)
        assert answer.status_code in {200, 409, 412}, answer.text

    def reject(self, request: Any) -> None:
        """Refuse, with a reason."""
        said = {"review": "administrative", "fingerprint": request["fingerprint"], "comment": "请先清退闲置资源"}
        answer = self.administrative.post(f"/v1/requests/{request['id']}/reject", said)
        assert answer.status_code == 200, answer.text


def see_through(department: Department, reviewers: Reviewers, *, number: int) -> str:
    """From asking to the end that this request is to have: rejected, withdrawn or, mostly, open. Returns its end."""
    answer = department.submit()
    assert answer.status_code in {200, 201}, answer.text
    path = f"/v1/requests/{answer.json()['id']}"
    if number % 10 == 3:
        reviewers.reject(department.member.get(path))
    if number % 10 == 7:
        reviewers.approve(department.member.get(path))
        withdrawn = department.member.post(f"{path}/withdraw")
        assert withdrawn.status_code == 200, withdrawn.text

    return see_on(department, reviewers, answer.json()["id"])


def see_on(department: Department, reviewers: Reviewers, request_id: str) -> str:
    """Approve it as often as it takes, and confirm it; returns its end."""
    path = f"/v1/requests/{request_id}"

    def ended() -> str | None:
        request = department.member.get(path)
        if request["review"]:
            reviewers.approve(request)
        elif request["state"] == "testing":
            confirmed = department.member.post(f"{path}/confirm")
            assert confirmed.status_code == 200, confirmed.text
        return request["state"] if request["state"] in ENDS else None

    return str(eventually(ended, f"{department.unit} has what it asked for"))


def see_all_through(office: Office, count: int, heard: list[Client] | None = None) -> dict[str, str]:
    """So many departments at once; the end of each one's request, by the department's name.

    Whoever spoke to the service is added to `heard`.
    """
    reviewers = Reviewers.of(office)
    departments = [office.department(number) for number in range(count)]
    if heard is not None:
        heard += [reviewers.administrative, reviewers.technical, *(each.member for each in departments)]
    with ThreadPoolExecutor(min(count, 50)) as pool:
        ends = pool.map(lambda pair: see_through(pair[1], reviewers, number=pair[0]), enumerate(departments))
        return dict(zip((each.unit for each in departments), ends, strict=True))


def must_end_as_meant(ends: Mapping[str, str], count: int) -> None:
    """Raises AssertionError where a request has another end than it was to have."""
    meant = Counter({3: "rejected", 7: "withdrawn"}.get(number % 10, OPEN) for number in range(count))
    assert Counter(ends.values()) == meant, json.dumps(ends)


def rows_of_requests(postgres: Postgres) -> Sequence[Mapping[str, str]]:
    """Every request's tenant and state, from the table."""
    found = postgres.rows("SELECT tenant, state FROM tenantry.requests")
    return [{"tenant": tenant, "state": state} for tenant, state in found]
