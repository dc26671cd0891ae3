"""The demo: two real clouds, a city's manifests, a plan carried out, applications, proof that it is enforced, and one that moves.

Runs the same commands that a person would type, and shows them; ends at the first that ends otherwise than it should.
On a terminal the clouds stay up afterwards, to try commands on, until Ctrl-C; anywhere else the demo ends by itself. Run
by ``make demo``.
"""

import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import openstack
import yaml
from openstack.connection import Connection
from openstack.exceptions import HttpException, SDKException

from devcloud.demo_moving import move
from devcloud.errors import DevcloudError
from devcloud.fixture import Devcloud, running
from devcloud.stage import CHANGES, INTERRUPTED, ROOT, TENANTRY, DemoFailed, Stage, environment, title

_EXAMPLES: Final = Path("tenants/examples/shenzhen")
#: A real city's Keystone has them from its directory of people.
_GROUPS: Final = ROOT / "devcloud" / "groups.yaml"
_RECORDS: Final = ROOT / ".tenantry" / "demo"
#: The demo's own copy of the example, first without applications: what is in it is what is asked for.
_CITY: Final = Path(".tenantry/city")
_BASIS: Final = ("clouds", "departments", "districts", "shenzhen.yaml")
#: The applications that are started, of the example's six; the second depends on the first.
_STARTED: Final = ("social-credit", "registration")
_DRAWING: Final = Path(f".tenantry/{_STARTED[-1]}.svg")
#: What their servers do at the first start.
_FIRST_STARTS: Final = _EXAMPLES / "applications" / "files"
#: The department whose allocation is put to the proof, one of its engineers, and the cloud and project.
_TENANT: Final = "market-regulation"
_PROJECT: Final = "market-regulation-registration"
_CLOUD: Final = "city"
_ENGINEER: Final = "li-wei"
_DOMAIN: Final = "government"
_PASSWORD: Final = "devcloud-user"  # noqa: S105 - the devcloud's own, on 127.0.0.1
#: A department with two projects, one of them with a landing zone and an application, to show plans in full.
_SMALL_TENANT: Final = "development-reform"

_TOO_MANY_SERVERS: Final = 1000
#: Within what was granted, and far above it.
_VOLUME_GIB: Final = 100
_TOO_LARGE_VOLUME_GIB: Final = 2 * 1024 * 1024
#: How Nova and Cinder say that a quota is exceeded.
_OVER_QUOTA: Final = frozenset({403, 413})
#: Cores that somebody gives away past Tenantry.
_MEDDLED: Final = 20


def main() -> int:
    """Run the demo; returns the exit code."""
    os.chdir(ROOT)
    shutil.rmtree(_RECORDS, ignore_errors=True)
    began = time.monotonic()
    title("Two real OpenStack clouds on this machine")
    try:
        with running(("city", "district"), groups=_GROUPS) as devcloud:
            _show(devcloud)
            title(f"All as it should be, in {time.monotonic() - began:.0f} s")
            if sys.stdout.isatty():
                _stay(devcloud)
    except (DemoFailed, DevcloudError, SDKException) as failure:
        print(f"\nThe demo failed: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nThe demo was interrupted; the clouds are down.", file=sys.stderr)
        return INTERRUPTED
    return 0


def _show(devcloud: Devcloud) -> None:
    run = Stage(environment=environment(devcloud.clouds_yaml, _RECORDS))
    _provide(run)
    _start(run)
    title("Somebody changes a limit behind our back; it is found, and put right")
    _meddle(devcloud)
    run.tenantry("drift", ends_with={CHANGES})
    run.tenantry("apply", _CITY, "--yes", "--tenant", _TENANT)
    title("Who did what is on record, and nobody changed the record")
    run.tenantry("audit", "verify")
    _prove(run, devcloud)
    move(run, devcloud, _CITY)


def _provide(run: Stage) -> None:
    """Departments get their projects, limits and landing zones."""
    title("A city's manifests: departments, envelopes, projects, landing zones")
    print("Its six applications are left out at first, to see two of them start later.")
    shutil.rmtree(_CITY, ignore_errors=True)
    run.run("mkdir", "-p", _CITY)
    run.run("cp", "-r", *(_EXAMPLES / each for each in _BASIS), _CITY)
    run.tenantry("validate", _CITY)
    title("What would change in the clouds")
    run.tenantry("plan", _CITY, ends_with={CHANGES})
    title("Of one department, in full")
    run.tenantry("plan", _CITY, "--tenant", _SMALL_TENANT, ends_with={CHANGES})
    title("Make it so")
    run.tenantry("apply", _CITY, "--yes")
    title("Once more: nothing is left to do")
    run.tenantry("plan", _CITY)


def _start(run: Stage) -> None:
    """Two applications are started in their landing zones."""
    title("Two of the six applications: social credit, and registration, which depends on it")
    into = _CITY / "applications"
    run.run("mkdir", into)
    run.run("cp", "-r", *(_EXAMPLES / "applications" / f"{each}.yaml" for each in _STARTED), _FIRST_STARTS, into)
    run.tenantry("plan", _CITY, "--tenant", _SMALL_TENANT, ends_with={CHANGES})
    title("Start both")
    run.tenantry("apply", _CITY, "--yes")
    title("Once more: nothing is left to do")
    run.tenantry("apply", _CITY, "--yes")
    title("What runs")
    run.tenantry("status", _STARTED[-1])
    title("All six applications, and what they depend on: as Mermaid, and one of them as a drawing")
    run.tenantry("graph", _EXAMPLES)
    run.tenantry("graph", _STARTED[-1], "--into", _DRAWING)


def _prove(run: Stage, devcloud: Devcloud) -> None:
    """A department's engineer gets what was granted, and no more."""
    with _engineer(devcloud) as cloud:
        title("A department's engineer uses what was granted")
        _must_be_given("a server", lambda: _boot(cloud))
        _must_be_given(f"a volume of {_VOLUME_GIB} GiB", lambda: _make_volume(cloud))
        title("The tenants: what was asked, what the clouds enforce, what is used")
        run.tenantry("status")
        title("The proof: the engineer asks the cloud itself for more than was granted")
        _must_be_refused(f"{_TOO_MANY_SERVERS} servers", lambda: _create_servers(cloud, _TOO_MANY_SERVERS))
        _must_be_refused(
            f"a volume of {_TOO_LARGE_VOLUME_GIB // 1024**2} PiB",
            lambda: cloud.block_storage.create_volume(size=_TOO_LARGE_VOLUME_GIB),
        )


def _engineer(devcloud: Devcloud) -> Connection:
    """The department's engineer, logged in to the department's project with a password, as people do."""
    told = yaml.safe_load(devcloud.clouds_yaml.read_text(encoding="utf-8"))["clouds"][_CLOUD]
    return Connection(
        region_name=told["region_name"],
        auth={
            "auth_url": told["auth"]["auth_url"],
            "username": _ENGINEER,
            "password": _PASSWORD,
            "user_domain_name": _DOMAIN,
            "project_name": _PROJECT,
            "project_domain_name": _DOMAIN,
        },
    )


def _create_servers(cloud: Connection, count: int) -> Any:
    image, flavor = _there(cloud.get_image("guest"), "image"), _there(cloud.get_flavor("tiny"), "flavor")
    return cloud.compute.create_server(
        name="demo", image_id=image["id"], flavor_id=flavor["id"], networks="none", min_count=count
    )


def _boot(cloud: Connection) -> None:
    cloud.compute.wait_for_server(_create_servers(cloud, 1))


def _make_volume(cloud: Connection) -> None:
    volume = cloud.block_storage.create_volume(name="demo", size=_VOLUME_GIB)
    cloud.block_storage.wait_for_status(volume, "available")


def _there(found: Any, what: str) -> Any:
    """What the devcloud is sure to have; the SDK's types allow for None."""
    if found is None:
        raise DemoFailed(f"cloud {_CLOUD} lacks the {what} that every devcloud has")
    return found


def _must_be_given(what: str, ask: Callable[[], object]) -> None:
    """Ask for something within the quota. Raises DemoFailed where the cloud refuses it."""
    print(f"{_ENGINEER} asks {_CLOUD} for {what}:", end=" ", flush=True)
    try:
        ask()
    except SDKException as error:
        print("not given")
        raise DemoFailed(f"cloud {_CLOUD} did not give {what}, which is within the quota: {error}") from error
    print("given")


def _must_be_refused(what: str, ask: Callable[[], object]) -> None:
    """Ask for something above the quota. Raises DemoFailed where the cloud gives it, or refuses it for another reason."""
    print(f"{_ENGINEER} asks {_CLOUD} for {what}:", end=" ", flush=True)
    try:
        ask()
    except HttpException as refusal:
        said = refusal.details or refusal.message
        print(f"refused\n  HTTP {refusal.status_code}: {said}", flush=True)
        if refusal.status_code not in _OVER_QUOTA or "quota" not in said.lower():
            raise DemoFailed(f"cloud {_CLOUD} refused {what}, but not for its quota") from refusal
    else:
        print("given")
        raise DemoFailed(f"cloud {_CLOUD} gave {what}, far above the quota")


def _meddle(devcloud: Devcloud) -> None:
    """As the cloud's administrator, and past Tenantry: give the department some processors more."""
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(devcloud.clouds_yaml)
    with openstack.connect(cloud=_CLOUD) as cloud:
        domain = _there(cloud.get_domain(name_or_id=_DOMAIN), "domain")
        project = _there(cloud.get_project(_PROJECT, domain_id=domain["id"]), "project")
        enforced = int(cloud.get_compute_quotas(project["id"])["cores"])
        cloud.set_compute_quotas(project["id"], cores=enforced + _MEDDLED)
    print(
        f"The administrator of {_CLOUD} sets {_PROJECT}'s cores from {enforced} to {enforced + _MEDDLED}.", flush=True
    )


def _stay(devcloud: Devcloud) -> None:
    """Keep the clouds up until Ctrl-C, and say how to use them from another terminal."""
    print("The clouds stay up until Ctrl-C. To try commands on them, in another terminal:")
    print(f"  cd {shlex.quote(str(ROOT))}")
    print(f"  export OS_CLIENT_CONFIG_FILE={shlex.quote(str(devcloud.clouds_yaml))}")
    print(f"  export TENANTRY_STATE_DIR={shlex.quote(str(_RECORDS))}")
    print(f"  {TENANTRY.relative_to(ROOT)} status --tenant {_TENANT}")
    print(f"What was asked for is in {_CITY}; the other applications are in {_EXAMPLES / 'applications'}.")
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)
    print("\nTaking the clouds down.")


if __name__ == "__main__":
    sys.exit(main())
