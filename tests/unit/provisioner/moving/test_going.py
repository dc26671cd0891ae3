"""What is taken away while its service is at something with it, as Cinder is for minutes or hours: asked again once that has ended."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from provisioner.errors import CloudConflict, CloudRefused
from provisioner.migration.collections import SERVERS, VOLUMES
from provisioner.migration.migration import Migration, SignOff
from provisioner.migration.script import StepKind
from provisioner.moving.deeds import made
from provisioner.moving.deeds.made import Place, gone
from provisioner.operation import Actor
from tenants.wave import Mode
from tests.migrations import NOW, Journey

_NAME = "tenantry-m1-clone-web#1"


class Going:
    """A volume that a migration made, and what becomes of it look by look."""

    def __init__(self, estate: Any) -> None:
        self.estate = estate
        self.cloud = estate.cloud
        journey = estate.journey(Mode.LIVE, "web")
        self.spot = journey.spot(StepKind.LOCK, "web")
        self.place = Place(cloud=self.cloud, project=estate.place.project_id, collection=VOLUMES)

    def make(self, *states: Any) -> str:
        """A volume that is in these states, one after the other, and then stays."""
        self.cloud.destine(VOLUMES, _NAME, *({"status": each} for each in states))
        return str(self.estate.make(VOLUMES, name=_NAME, size=1)["id"])

    def goes(self) -> None:
        """Have it gone."""
        gone(self.place, lambda: self.place.named(_NAME), self.spot)

    @property
    def there(self) -> int:
        """How many there are."""
        return sum(each["name"] == _NAME for each in self.cloud.items(VOLUMES, self.place.project))


@dataclass
class SignedOff(Journey):
    """A migration at its end, of which only the source is left."""

    @property
    def migration(self) -> Migration:
        """Signed off, and its time is over."""
        return replace(super().migration, signed_off=SignOff(actor=Actor("li"), at=NOW), kept_until=NOW)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute is over at once."""
    monkeypatch.setattr(made, "_AGAIN", 0.0)


@pytest.fixture
def repeated(monkeypatch: pytest.MonkeyPatch, estate: Any) -> None:
    """Each deletion is sent a second time, for the answer to the first was lost."""
    resources = type(estate.cloud.resources)
    delete = resources.delete

    def twice(*args: Any, **kwargs: Any) -> Any:
        delete(*args, **kwargs)
        return delete(*args, **kwargs)

    monkeypatch.setattr(resources, "delete", twice)


@pytest.fixture
def going(estate: Any) -> Going:
    """A project with a server."""
    estate.server("web")
    return Going(estate)


@pytest.mark.parametrize("doing", ["creating", "downloading", "uploading", "detaching"])
def test_what_a_service_is_at_is_deleted_once_that_has_ended(going: Going, doing: str) -> None:
    """Cinder refuses before: an abort in the midst of it would else end with a person."""
    going.make(*[doing] * 6, "available")
    going.goes()
    assert going.there == 0


def test_a_service_is_not_asked_at_each_look(going: Going) -> None:
    """Once while it is at it, once when that has ended."""
    going.make(*["uploading"] * 9, "available")
    going.goes()
    assert going.cloud.weather.calls["resources.delete.migrated-volumes"] == 2


@pytest.mark.usefixtures("repeated")
def test_a_deletion_that_is_sent_again_and_declined_has_begun(going: Going) -> None:
    """Cinder takes no second request for what it is deleting."""
    going.make("available")
    going.goes()
    assert going.there == 0


@pytest.mark.usefixtures("repeated")
def test_a_source_goes_though_an_answer_was_lost(estate: Any) -> None:
    """Its volumes are the last of it: nothing of them needs a person."""
    estate.server("web", data=2)
    plain = estate.journey(Mode.CROSS_PROJECT, "web")
    signed = SignedOff(
        **{each: getattr(plain, each) for each in ("workload", "bindings", "wave", "deeds", "source", "target")}
    )
    assert signed.forward(StepKind.RETIRE).failure is None
    assert [estate.cloud.items(each, estate.place.project_id) for each in (SERVERS, VOLUMES)] == [(), ()]


@pytest.mark.timeout(20)
@pytest.mark.usefixtures("impatient")
def test_what_a_store_has_open_yet_is_asked_for_again(going: Going) -> None:
    """Cinder agrees to the deletion, and puts the volume back to what it was."""
    going.cloud.weather.ignore("resources.delete.migrated-volumes", times=2)
    going.make("available")
    going.goes()
    assert going.there == 0


@pytest.mark.usefixtures("impatient")
def test_what_is_in_use_for_a_moment_is_asked_for_again(going: Going) -> None:
    """Glance says so with a conflict."""
    busy = CloudConflict("image: HTTP 409: it is in use: try again later")
    going.cloud.weather.fail("resources.delete.migrated-volumes", busy, times=3)
    going.make("available")
    going.goes()
    assert going.there == 0


@pytest.mark.usefixtures("impatient")
def test_what_stays_in_use_is_told_as_it_was_said(going: Going, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the service's own words, after the time for it."""
    monkeypatch.setattr(made, "_GOING", 0.05)
    busy = CloudConflict("image: HTTP 409: it is in use")
    going.cloud.weather.fail("resources.delete.migrated-volumes", busy, times=100_000)
    going.make("available")
    with pytest.raises(CloudConflict, match="in use"):
        going.goes()


def test_what_is_at_rest_and_not_deleted_is_told(going: Going) -> None:
    """Somebody else's snapshot, say: waiting changes nothing."""
    going.make(*["error_deleting"] * 3)
    with pytest.raises(CloudRefused, match="status must be available or error"):
        going.goes()
