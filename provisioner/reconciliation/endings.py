"""Does what is to be done about projects whose time runs out: notices, restriction, the request to retire.

Tenantry writes the project's `state` into the document in force and leaves the rest of it as people wrote it. A
restriction needs nobody's consent, for the end was approved with the project; a retirement is a request like any other.
Whoever brings a document with a later end into force undoes either.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from provisioner.asking import Declined
from provisioner.audit import Detail, Event
from provisioner.deciding import Deciding
from provisioner.errors import InputError, TenantryError
from provisioner.kinds import quota
from provisioner.migration.passage import tenant_left_alone
from provisioner.operation import Operation
from provisioner.passing import passages
from provisioner.plan import Section
from provisioner.planning import plan_section
from provisioner.reconciliation.applying import Applying, Intent
from provisioner.reconciliation.ending import Ending, Step, endings
from provisioner.reconciliation.force import CityInForce, city_of
from provisioner.reconciliation.judgement import objection
from provisioner.reconciliation.seeing import Seeing
from provisioner.requests.deeds import Submission
from provisioner.requests.request import Papers, Party
from provisioner.standing import InForce
from provisioner.store import audit
from provisioner.store.database import Database
from tenants.amendment import with_state
from tenants.days import day_of
from tenants.documents import Document, composed
from tenants.spec import City, ProjectState, TenantSpec

#: The audit log's words; the subject is `tenant/project`.
NOTICE = "project.ending"
RESTRICTED = "project.restricted"
RETIRE_ASKED = "project.retire-asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Amended:
    """The documents in force with one project's state changed."""

    document: Document
    papers: Papers
    city: City


@dataclass(frozen=True, slots=True, kw_only=True)
class Endings:
    """Ends what has an end."""

    database: Database
    force: CityInForce
    applying: Applying
    deciding: Deciding
    seeing: Seeing
    now: Callable[[], datetime]

    def run(self) -> None:
        """Do what is to be done today and was not. One project's trouble stops no other's.

        Raises InputError with whatever could not be done; it is tried again.
        """
        force, city = self.force.read()
        if city is None:
            return
        failures: list[str] = []
        for ending in endings(city, day_of(self.now())):
            try:
                trouble = self._do(ending, force, city)
            except TenantryError as error:
                trouble = str(error)
            if trouble:
                failures.append(f"{_subject(ending)}: {trouble}")
        if failures:
            raise InputError("; ".join(failures))

    def _do(self, ending: Ending, force: InForce, city: City) -> str | None:
        """Why it could not be done; None where it was, or had been before."""
        match ending.step:
            case Step.NOTICE:
                self._notice(ending)
                return None
            case Step.RESTRICT:
                return self._restrict(ending, force, city)
            case Step.RETIRE:
                return self._retire(ending, force, city)

    def _notice(self, ending: Ending) -> None:
        told: dict[str, Detail] = {"until": str(ending.until), "notice": ending.notice}
        with self.database.transaction() as connection:
            if not audit.has(connection, subject=_subject(ending), action=NOTICE, detail=told):
                audit.append(connection, self._event(ending, NOTICE, {**told, "days": ending.days}))

    def _restrict(self, ending: Ending, force: InForce, city: City) -> str | None:
        amended = _amended(ending, force, city, ProjectState.RESTRICTED)
        if amended is None:
            return _UNWRITTEN
        section = self._plan(ending, amended.city)
        if against := objection(section) or _beside(section, ending):
            return against
        intent = Intent(
            section=section, papers=amended.papers, city=amended.city, mark=force.mark, brought=(amended.document,)
        )

        def told(made: Sequence[Operation]) -> list[Event]:
            operation = made[0].id if made else None
            return [self._event(ending, RESTRICTED, {"until": str(ending.until), "operation": operation})]

        made = self.applying.apply(intent, told)
        return "something else is being done; its turn comes" if made is None else None

    def _plan(self, ending: Ending, city: City) -> Section:
        """What the restriction means now. What cannot be read is refused: nothing is taken away on missing numbers."""
        # Asked for before the look: what migrations make meanwhile counts twice then, and what they keep is never left out.
        with self.database.transaction() as connection:
            tenant = tenant_left_alone(city.tenants[ending.tenant], passages(connection, city))
        sight = self.seeing.see(city, ending.project.cloud, [ending.tenant])
        with self.database.transaction() as connection:
            sight.keep(connection)
        return plan_section(tenant, sight.fresh)

    def _retire(self, ending: Ending, force: InForce, city: City) -> str | None:
        amended = _amended(ending, force, city, ProjectState.RETIRED)
        if amended is None:
            return _UNWRITTEN
        written = hashlib.sha256(amended.document.text.encode()).hexdigest()
        told: dict[str, Detail] = {"until": str(ending.until), "document": written}
        with self.database.transaction() as connection:
            if audit.has(connection, subject=_subject(ending), action=RETIRE_ASKED, detail=told):
                return None
        came = self.deciding.submit(
            Submission(
                tenant=ending.tenant,
                papers=Papers(files={f"{ending.tenant}.yaml": amended.document.text}),
                by=Party(actor=self.applying.system),
                comment=f"the use of {ending.project.name} ended on {ending.until}: it is to be given back",
            )
        )
        declined = isinstance(came, Declined)
        result: dict[str, Detail] = {"declined": came.message} if isinstance(came, Declined) else {"request": came.id}
        with self.database.transaction() as connection:
            audit.append(connection, self._event(ending, RETIRE_ASKED, {**told, **result}))
        return f"it cannot be asked for: {result['declined']}" if declined else None

    def _event(self, ending: Ending, action: str, detail: dict[str, Detail]) -> Event:
        return Event(at=self.now(), actor=self.applying.system, action=action, subject=_subject(ending), detail=detail)


_UNWRITTEN = "its state cannot be changed in its manifest as that is written: write it as `state:` of the project"


def _amended(ending: Ending, force: InForce, city: City, state: ProjectState) -> _Amended | None:
    """The documents in force with the project's state changed, where that, and nothing else, is what they then mean."""
    found = next((each for each in force.documents if (each.kind, each.name) == ("Tenant", ending.tenant)), None)
    text = with_state(found.text, ending.project.name, state) if found else None
    if found is None or text is None:
        return None
    document = replace(found, text=text)
    files, attached = composed(document if each is found else each for each in force.documents)
    papers = Papers(files=files, attached=attached)
    after = city_of(papers)
    if after is None or after.tenants[ending.tenant] != _with_state(city.tenants[ending.tenant], ending, state):
        return None
    return _Amended(document=document, papers=papers, city=after)


def _with_state(tenant: TenantSpec, ending: Ending, state: ProjectState) -> TenantSpec:
    changed = (replace(each, state=state) if each.name == ending.project.name else each for each in tenant.projects)
    return replace(tenant, projects=tuple(changed))


def _beside(section: Section, ending: Ending) -> str | None:
    """What else the plan would do: it is for people to decide, and not to be done along with a restriction."""
    addresses = (action.change.address for action in section.actions)
    others = [each for each in addresses if (each.project, each.kind) != (ending.project.name, quota.NAME)]
    return (
        f"not restricted: {others[0]} differs too, and would be changed with it; apply that first" if others else None
    )


def _subject(ending: Ending) -> str:
    return f"{ending.tenant}/{ending.project.name}"
