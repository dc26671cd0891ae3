"""Nothing but the store passes between the process that plans and the one that works."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from provisioner.clouds.memory import MemoryCloud
from provisioner.errors import CloudMisconfigured, StoreError
from provisioner.operation import Actor, Operation, OperationId, OperationState, PlanId
from provisioner.plan import Plan
from provisioner.staging import Staging
from provisioner.store import plans, revisions
from provisioner.store.database import Database
from provisioner.store.plans import StoredPlan
from tenants.spec import CloudSpec

if TYPE_CHECKING:
    from tests.integration.provisioner.conftest import Site


_APPLICATION = """\
apiVersion: tenantry/v1
kind: Application
metadata: {name: registration, displayName: 商事登记}
spec:
  owner: market
  project: a
  manage: observe
  servers: [{name: web, image: guest, flavor: small, userData: files/web.sh}]
"""


@pytest.fixture
def staging(site: "Site") -> Staging:
    """That of one process."""
    return Staging(database=site.database, connect=site.connect, now=site.now)


@pytest.fixture
def stored(site: "Site", words: Any) -> StoredPlan:
    """A plan for one tenant in two clouds."""
    return site.plan(words.tenant(a=4, b={"cloud": "district"}))


@pytest.fixture
def operation(site: "Site") -> Callable[..., Operation]:
    """An operation of a plan's section, the first unless told; nothing of it is on record."""

    def make(stored: StoredPlan, number: int = 0, **fields: Any) -> Operation:
        section = stored.plan.sections[number]
        known = {
            "id": OperationId(f"operation-{number}"),
            "plan_id": stored.id,
            "tenant": section.tenant,
            "cloud": section.cloud,
            "fingerprint": section.fingerprint,
            "state": OperationState.QUEUED,
            "created_at": site.now(),
        }
        return Operation(**{**known, **fields})

    return make


def test_any_process_can_set_the_scene(site: "Site", words: Any, stored: StoredPlan, operation: Any) -> None:
    """With nothing of its own but the database's address and a way into the clouds."""
    with Database.connect(site.database.url) as database:
        scene, _ = Staging(database=database, connect=site.connect, now=site.now).stage(operation(stored))
    city = words.manifests(words.tenant(a=4, b={"cloud": "district"})).city
    assert (scene.tenant, scene.cloud_spec) == (city.tenants["market"], city.clouds["city"])
    assert scene.cloud is site.clouds[words.city]
    assert scene.planned_from.cloud == "city"


def test_the_scene_has_the_user_data_that_was_planned(
    site: "Site", words: Any, stored: StoredPlan, operation: Callable[..., Operation]
) -> None:
    """The file that a manifest names is on record with it, so that whoever does the work needs no disk of the planner's."""
    files = {**words.manifests(words.tenant(a=4)).files, "apps/registration.yaml": _APPLICATION}
    script = "#!/bin/sh\necho 商事登记\n"
    with site.database.transaction() as connection:
        revision = revisions.save(
            connection, files, actor=site.actor, at=site.now(), attached={"apps/files/web.sh": script}
        )
        plan = plans.save(connection, stored.plan, revision=revision, actor=site.actor, at=site.now())
    staging = Staging(database=site.database, connect=site.connect, now=site.now)
    scene, _ = staging.stage(operation(stored, plan_id=plan))
    (application,) = scene.tenant.projects[0].applications
    assert application.servers[0].user_data.text == script


def test_the_journal_speaks_for_whoever_made_the_plan(
    staging: Staging, stored: StoredPlan, operation: Callable[..., Operation]
) -> None:
    """Not for the process that happens to do the work."""
    _, journal = staging.stage(operation(stored))
    assert (journal.actor, journal.revision, journal.tenant.name) == (stored.actor, stored.revision, "market")


def test_each_operation_plays_in_its_own_cloud(
    site: "Site", staging: Staging, stored: StoredPlan, operation: Callable[..., Operation]
) -> None:
    """With the look at that cloud."""
    scenes = [staging.stage(operation(stored, number))[0] for number in (0, 1)]
    assert [each.cloud for each in scenes] == list(site.clouds.values())
    assert [each.planned_from.cloud for each in scenes] == ["city", "district"]


def test_what_operations_of_a_plan_share_is_loaded_once(
    staging: Staging, stored: StoredPlan, operation: Callable[..., Operation]
) -> None:
    """A plan may have a thousand of them."""
    first, second = (staging.stage(operation(stored))[0] for _ in range(2))
    assert first.tenant is second.tenant
    assert first.planned_from is second.planned_from


def test_a_later_plan_has_its_own_look(
    site: "Site", words: Any, staging: Staging, operation: Callable[..., Operation]
) -> None:
    """What was loaded for one plan is not taken for another's."""
    first, _ = staging.stage(operation(site.plan(words.tenant(a=4))))
    second, _ = staging.stage(operation(site.plan(words.tenant(a=8))))
    assert first.planned_from.at < second.planned_from.at
    assert [each.projects[0].limits[words.cores] for each in (first.tenant, second.tenant)] == [4, 8]


def test_a_plan_that_is_not_on_record_is_an_error(
    staging: Staging, stored: StoredPlan, operation: Callable[..., Operation]
) -> None:
    """It is named."""
    with pytest.raises(StoreError, match="no plan lost"):
        staging.stage(operation(stored, plan_id=PlanId("lost")))


def test_a_cloud_that_was_never_looked_at_is_an_error(
    site: "Site", words: Any, staging: Staging, operation: Callable[..., Operation]
) -> None:
    """There is nothing to compare with before writing."""
    stored = site.plan(words.tenant(a=4), recorded=True)
    with pytest.raises(StoreError, match="cloud city was never observed"):
        staging.stage(operation(stored))


def test_manifests_that_are_valid_no_longer_are_an_error(
    site: "Site", staging: Staging, stored: StoredPlan, operation: Callable[..., Operation]
) -> None:
    """As after an upgrade with stricter rules."""
    with site.database.transaction() as connection:
        revision = revisions.save(connection, {"a.yaml": "kind: Tenant\n"}, actor=Actor("x"), at=site.now())
        plan = plans.save(connection, Plan(sections=()), revision=revision, actor=Actor("x"), at=site.now())
    with pytest.raises(StoreError, match="not valid under this version's rules"):
        staging.stage(operation(stored, plan_id=plan))


def test_a_cloud_that_cannot_be_opened_is_its_own_error(
    site: "Site", stored: StoredPlan, operation: Callable[..., Operation]
) -> None:
    """As the adapter raised it."""

    def connect(spec: CloudSpec) -> MemoryCloud:
        raise CloudMisconfigured(f"clouds.yaml has no {spec.clouds_yaml}")

    with pytest.raises(CloudMisconfigured, match="no city"):
        Staging(database=site.database, connect=connect, now=site.now).stage(operation(stored))
