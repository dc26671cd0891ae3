"""A cycle of collection beside the fewest requests that it can take, request by request."""

import os
from dataclasses import dataclass
from typing import Any, Final

import openstack

from tests.benchmarks.bench import CLOUD, COMPUTES, USER_AGENT, Bench
from tests.benchmarks.measurements import BenchmarkFailed, Figure, Measurement

NAME: Final = "collecting"
#: Servers in one request.
_AT_ONCE: Final = 100
_ROOM: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    """Something that a cycle must know, and the requests that tell it; of pages, one for each thousand."""

    requests: int
    tells: str
    per_project: bool = False
    per_compute: bool = False


#: No listing gives two of these. Servers, volumes and the rest are fewer than a page.
NEEDS: Final = (
    _Need(requests=1, tells="who we are, and where the services are"),
    _Need(requests=2, tells="the domain, and its projects"),
    _Need(requests=1, tells="servers"),
    _Need(requests=3, tells="volumes, snapshots, backups"),
    _Need(requests=2, tells="images, and hidden images"),
    _Need(
        requests=9,
        tells="what Neutron limits, kind by kind: networks, subnets, ports, routers, floating IPs and four more",
    ),
    _Need(requests=1, tells="Neutron's limits of all projects"),
    _Need(requests=1, tells="whether Nova takes its limits from Keystone"),
    _Need(requests=1, tells="Nova's limits and use", per_project=True),
    _Need(requests=1, tells="Cinder's limits and use", per_project=True),
    _Need(requests=1, tells="Placement's computes"),
    _Need(requests=2, tells="what a compute has, and what of it is allocated", per_compute=True),
    _Need(requests=2, tells="the availability zones, and which compute is which host"),
    _Need(requests=3, tells="Cinder's pools, volume types, and the zones of its services"),
)


def fewest(projects: int, *, computes: int) -> int:
    """The requests of one cycle in a cloud with that many projects and computes."""
    return sum(
        each.requests * (projects if each.per_project else computes if each.per_compute else 1) for each in NEEDS
    )


def measure(bench: Bench) -> Measurement:
    """Make projects and servers, collect everything, and collect it once more."""
    number, servers = bench.sizes.departments, bench.sizes.estate
    bench.apply(bench.folder(number))
    _build(bench, servers)
    projects = _managed(bench)
    cycles = [_cycle(bench) for _ in range(2)]
    least = fewest(projects, computes=COMPUTES)
    return Measurement(
        name=NAME,
        title=f"A cycle of collection: {projects} projects, {servers} servers",
        figures=(
            Figure(name="requests sent", value=cycles[0][0], unit="requests"),
            Figure(name="requests sent, the second time", value=cycles[1][0], unit="requests"),
            Figure(name="fewest possible", value=least, unit="requests"),
            Figure(name="requests ÷ fewest possible", value=max(sent for sent, _ in cycles) / least, at_most=1.1),
            Figure(name="time", value=cycles[0][1], unit="s"),
        ),
        notes=(
            "The fewest: " + "; ".join(_told(each) for each in NEEDS) + ".",
            (
                "What is sent above is the services' version documents, which each new process asks for, and ports, routers and "
                "floating IPs, which are listed for themselves and, hourly, to count them against limits. The second time comes within the same minute, and waits for the budget of 300."
            ),
            (
                "A worker asks for all of this with the quotas once an hour; every five minutes it is what changed of servers, and "
                "what has no per-project part."
            ),
            (
                "Not measured here: openstack-exporter asks one project after another. Its users report 2131 s for the limits of "
                "volumes alone (its issue 132), 449 s for volumes and 197 s for servers, and 30 s to more than two minutes for a "
                "thousand servers (issue 214)."
            ),
        ),
    )


def _cycle(bench: Bench) -> tuple[int, float]:
    mark = bench.devcloud.mark()
    took = bench.tenantry("collect", CLOUD)
    return sum(bench.requests(mark, USER_AGENT).values()), took.seconds


def _managed(bench: Bench) -> int:
    """The projects that the records know, whichever benchmark made them."""
    with _administrator(bench) as cloud:
        domain = cloud.identity.find_domain("government")
        return sum(each.name.endswith("-main") for each in cloud.identity.projects(domain_id=domain.id))


def _build(bench: Bench, servers: int) -> None:
    """Many servers at once, in the administrator's own project."""
    with _administrator(bench) as cloud:
        quota = {"instances": _ROOM, "cores": _ROOM, "ram": _ROOM * 1000}
        cloud.compute.put(f"/os-quota-sets/{cloud.current_project_id}", json={"quota_set": quota})
        image = next(iter(cloud.image.images(name="guest")))
        flavor = cloud.compute.find_flavor("tiny")
        for start in range(0, servers, _AT_ONCE):
            count = min(_AT_ONCE, servers - start)
            cloud.compute.create_server(
                name=f"estate-{start}",
                image_id=image.id,
                flavor_id=flavor.id,
                networks="none",
                min_count=count,
                max_count=count,
            )
        # Those that are still being built are listed like any other.
        listed = sum(1 for _ in cloud.compute.servers())
    if listed < servers:
        raise BenchmarkFailed(f"Nova lists {listed} servers, not {servers}")


def _administrator(bench: Bench) -> Any:
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(bench.devcloud.clouds_yaml)
    return openstack.connect(cloud=CLOUD)


def _told(need: _Need) -> str:
    each = " a project" if need.per_project else " a compute" if need.per_compute else ""
    return f"{need.requests}{each} for {need.tells}"
