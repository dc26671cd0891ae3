"""Volumes on a real Cinder, whose storage is files."""

import secrets
from collections.abc import Iterator
from typing import Any

import openstack
import pytest

from provisioner.operation import OperationState

_DATA = {"name": "数据", "size": "1GiB"}


def _city(site: Any, *volumes: dict[str, Any], **more: Any) -> Any:
    project = {key: more.pop(key) for key in ("quota", "volume_types") if key in more}
    application = {"name": "registration", "volumes": list(volumes or (_DATA,)), **more}
    return site.manifest(applications=(application,), **project)


def _project(site: Any, sdk: openstack.connection.Connection) -> Any:
    return sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id).id


def _volumes(site: Any, sdk: openstack.connection.Connection) -> dict[str, Any]:
    found = sdk.block_storage.volumes(all_projects=True, project_id=_project(site, sdk))
    return {each.name: each for each in found if each.status != "deleting"}


def _messages(site: Any, city: Any) -> list[str]:
    return [each.message for each in site.plan(city).refusals]


@pytest.fixture
def own(site: Any, sdk: openstack.connection.Connection) -> Iterator[openstack.connection.Connection]:
    """The test's project, made, by openstacksdk in its own name."""
    assert site.apply(site.manifest()) is OperationState.DONE
    with sdk.connect_as(project_id=_project(site, sdk)) as connection:
        yield connection


@pytest.fixture
def unserved(sdk: openstack.connection.Connection) -> Iterator[str]:
    """A volume type that leads to a storage that there is not."""
    made = sdk.block_storage.create_type(name=f"unserved-{secrets.token_hex(4)}")
    sdk.block_storage.update_type_extra_specs(made, volume_backend_name="nowhere")
    yield made.name
    sdk.block_storage.delete_type(made)


def test_a_volume_of_name_and_size_alone_is_made(site: Any, sdk: openstack.connection.Connection) -> None:
    """Create, minimal: Cinder chooses the type, the application is marked, and a second look has nothing to do."""
    city = _city(site)
    assert site.apply(city) is OperationState.DONE, site.failures
    made = _volumes(site, sdk)["数据"]
    assert (made.status, made.size, made.volume_type) == ("available", 1, "standard")
    assert made.metadata == {"tenantry:application": "registration"}
    assert not site.plan(city).actions


def test_a_volume_is_made_with_type_and_image(site: Any, sdk: openstack.connection.Connection) -> None:
    """Create, full: a server can boot from it, and a second look has nothing to do."""
    city = _city(site, {"name": "root", "size": "2GiB", "type": "ssd", "image": "guest"})
    assert site.apply(city) is OperationState.DONE, site.failures
    made = _volumes(site, sdk)["root"]
    assert (made.volume_type, made.is_bootable) == ("ssd", True)
    assert not site.plan(city).actions


def test_a_volume_that_is_there_is_taken_over(site: Any, own: openstack.connection.Connection) -> None:
    """Adopt: one of that name is not made a second time, nor changed."""
    own.block_storage.wait_for_status(own.block_storage.create_volume(name="数据", size=1))
    assert not site.plan(_city(site)).actions


def test_a_volume_grows(site: Any, sdk: openstack.connection.Connection) -> None:
    """Update: by what is asked, and a second look has nothing to do."""
    site.apply(_city(site))
    city = _city(site, {**_DATA, "size": "3GiB"})
    assert [(dict(each.change.before), dict(each.change.after)) for each in site.plan(city).actions] == [
        ({"size": 1}, {"size": 3})
    ]
    assert site.apply(city) is OperationState.DONE, site.failures
    assert _volumes(site, sdk)["数据"].size == 3
    assert not site.plan(city).actions


def test_a_volume_grows_while_a_server_has_it(
    site: Any, sdk: openstack.connection.Connection, own: openstack.connection.Connection
) -> None:
    """Update: nothing has to be detached or stopped."""
    site.apply(_city(site))
    held = _attached(own, _volumes(site, sdk)["数据"])
    assert site.apply(_city(site, {**_DATA, "size": "2GiB"})) is OperationState.DONE, site.failures
    found = _volumes(site, sdk)["数据"]
    assert (found.size, found.status, len(found.attachments)) == (2, "in-use", 1)
    assert held.name == "holder"


def _attached(own: openstack.connection.Connection, volume: Any) -> Any:
    image, flavor = own.image.find_image("guest"), own.compute.find_flavor("tiny")
    made = own.compute.create_server(name="holder", image_id=image.id, flavor_id=flavor.id, networks="none")
    own.compute.wait_for_server(made)
    own.compute.create_volume_attachment(made, volume_id=volume.id)
    own.block_storage.wait_for_status(own.block_storage.get_volume(volume), "in-use")
    return made


def test_a_volume_neither_shrinks_nor_changes_its_type(site: Any) -> None:
    """Update: both are refused with what can be done instead."""
    site.apply(_city(site, {**_DATA, "size": "2GiB"}))
    assert _messages(site, _city(site, {**_DATA, "type": "ssd"})) == [
        "the type cannot go from standard to ssd: Tenantry does not retype, for that may move all data",
        "the size cannot go from 2GiB to 1GiB: volumes never shrink",
    ]


def test_a_volume_goes_where_the_manifest_says_so_and_only_there(
    site: Any, sdk: openstack.connection.Connection
) -> None:
    """Delete: not with its application, but where it says absent itself, shown as destructive."""
    site.apply(_city(site))
    assert not site.plan(_city(site, state="absent")).actions
    absent = _city(site, {**_DATA, "state": "absent"}, state="absent")
    assert [(each.change.verb, each.destructive) for each in site.plan(absent).actions] == [("delete", True)]
    assert site.apply(absent) is OperationState.DONE, site.failures
    assert not _volumes(site, sdk)
    assert not site.plan(absent).actions


def test_a_volume_that_a_server_has_is_not_deleted(
    site: Any, sdk: openstack.connection.Connection, own: openstack.connection.Connection
) -> None:
    """Delete: refused, with the server's name and how to detach it."""
    site.apply(_city(site))
    _attached(own, _volumes(site, sdk)["数据"])
    refusals = site.plan(_city(site, {**_DATA, "state": "absent"})).refusals
    assert [each.message for each in refusals] == ["it is attached to the server holder"]
    assert "openstack server remove volume holder 数据" in refusals[0].remedy


def test_a_volume_with_snapshots_stays_and_cinder_says_why(
    site: Any, sdk: openstack.connection.Connection, own: openstack.connection.Connection
) -> None:
    """Failure: Cinder deletes no volume that has snapshots."""
    site.apply(_city(site))
    kept = own.block_storage.create_snapshot(volume_id=_volumes(site, sdk)["数据"].id, name="kept")
    own.block_storage.wait_for_status(kept)
    assert site.apply(_city(site, {**_DATA, "state": "absent"})) is OperationState.FAILED
    assert "snapshots" in site.failures["volume/数据"].message
    own.block_storage.delete_snapshot(kept)
    own.block_storage.wait_for_delete(kept)


def test_a_volume_that_no_storage_takes_leaves_nothing_behind(
    unserved: str, site: Any, sdk: openstack.connection.Connection
) -> None:
    """Failure: the state error ends with Cinder's reason, and the project is as it was; mended, it is made."""
    assert site.apply(_city(site, {**_DATA, "type": unserved}, volume_types=(unserved,))) is OperationState.FAILED
    failure = site.failures["volume/数据"]
    assert "no storage of its type has room for it (Cinder: schedule allocate volume" in failure.message
    assert failure.request_id
    assert not _volumes(site, sdk)
    assert site.apply(_city(site)) is OperationState.DONE, site.failures


def test_what_is_left_of_a_volume_that_could_not_be_made_is_replaced(
    unserved: str, site: Any, sdk: openstack.connection.Connection, own: openstack.connection.Connection
) -> None:
    """Failure: where the process died before taking it away, the next plan says so, and the next apply makes it."""
    mark = {"tenantry:application": "registration"}
    left = own.block_storage.create_volume(name="数据", size=1, volume_type=unserved, metadata=mark)
    own.block_storage.wait_for_status(left, "error", failures=["available"])
    city = _city(site)
    assert ["is replaced" in each.message for each in site.plan(city).notices] == [True]
    assert site.apply(city) is OperationState.DONE, site.failures
    assert {each.name: each.status for each in _volumes(site, sdk).values()} == {"数据": "available"}
    assert not site.plan(city).actions


def test_a_volume_in_error_that_may_hold_data_is_left_alone(site: Any, sdk: openstack.connection.Connection) -> None:
    """Failure: nobody deletes it; who must see to it is told, and no second one is made."""
    site.apply(_city(site))
    made = _volumes(site, sdk)["数据"]
    sdk.block_storage.reset_volume_status(made, status="error")
    section = site.plan(_city(site))
    assert not section.actions
    assert ["may hold data, so it is left alone" in each.message for each in section.notices] == [True]


def test_what_the_cloud_does_not_offer_is_refused_with_what_it_has(site: Any) -> None:
    """Failure: image and size that do not go together, or are not there, are known before anything is made."""
    assert _messages(site, _city(site, {**_DATA, "image": "no-such"})) == ["the cloud has no image no-such"]


def test_volumes_beyond_the_quota_are_refused_with_the_numbers(site: Any) -> None:
    """Failure: new ones, and growth by its difference."""
    quota = {"block-storage": {"gigabytes": "3GiB"}}
    site.apply(_city(site, quota=quota))
    grown = _city(site, {**_DATA, "size": "2GiB"}, {"name": "more", "size": "2GiB"})
    assert [each.split(" (")[0] for each in _messages(site, grown)] == [
        "does not fit the project's quota: 3GiB more of block-storage/gigabytes is asked for"
    ]


def test_a_quota_used_up_since_the_plan_is_told_with_the_numbers(
    site: Any, own: openstack.connection.Connection
) -> None:
    """Failure: somebody else was quicker; once there is room, the next apply makes it."""
    site.apply(site.manifest(quota={"block-storage": {"gigabytes": "1GiB"}}))
    taken: list[Any] = []
    site.before_writing(lambda: taken.append(own.block_storage.create_volume(name="other", size=1)))
    assert site.apply(_city(site)) is OperationState.FAILED
    assert "quota is 1G and 1G has been consumed" in site.failures["volume/数据"].message
    own.block_storage.wait_for_status(taken[0])
    own.block_storage.delete_volume(taken[0])
    own.block_storage.wait_for_delete(taken[0])
    assert site.apply(_city(site)) is OperationState.DONE, site.failures


def test_an_image_that_is_gone_since_the_plan_is_named(site: Any, sdk: openstack.connection.Connection) -> None:
    """Failure: Cinder alone knew."""
    image = sdk.image.create_image(
        name=f"{site.tenant}-image", data=b"0" * 1024, disk_format="raw", container_format="bare", visibility="public"
    )
    site.before_writing(lambda: sdk.image.delete_image(image))
    assert site.apply(_city(site, {**_DATA, "image": image.name})) is OperationState.FAILED
    assert f"the image {image.name} is there no longer" in site.failures["volume/数据"].message
