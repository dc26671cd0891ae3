"""An application of many servers, each with a volume and a port: requests beside the fewest possible, and none twice."""

from pathlib import Path
from typing import Final

from tests.benchmarks import fewest
from tests.benchmarks.bench import COMPUTES, Bench, Folder
from tests.benchmarks.departments import departments, write_manifests
from tests.benchmarks.measurements import BenchmarkFailed, Figure, Measurement

NAME = "servers"

_SERVERS: Final = "/v2.1/servers"
_ZONE: Final = """\
      landingZone:
        networks:
          - name: app
            subnets:
              - {name: app-v4, cidr: 10.20.0.0/24}
"""
_APPLICATION: Final = """\
apiVersion: tenantry/v1
kind: Application
metadata: {{name: registration, displayName: 商事登记}}
spec:
  owner: {tenant}
  project: main
  servers:
    - name: web
      replicas: {number}
      image: guest
      flavor: tiny
      networks: [{{network: app}}]
  volumes:
    - {{name: data, size: 1GiB, server: web}}
"""
#: Quota for as many servers as are measured.
_ROOM: Final = (("instances: 10", "instances: {0}"), ("cores: 40", "cores: {0}"), ("volumes: 20", "volumes: {0}"))


def measure(bench: Bench) -> Measurement:
    """Make the project ready, build the servers, then apply the same once more."""
    number = bench.sizes.servers
    folder = _folder(bench, number)
    bench.apply(folder)
    _add_servers(folder.path, folder.departments[0].name, number)
    built = bench.apply(folder)
    again = bench.apply(folder)
    servers = sum(count for kind, count in built.requests.items() if (kind.method, kind.path) == ("POST", _SERVERS))
    if servers != number:
        raise BenchmarkFailed(f"{servers} servers were asked for, not {number}")
    least = fewest.to_build_servers(number, computes=COMPUTES)
    return Measurement(
        name=NAME,
        title=f"An application of {number} servers, each with a volume and a port",
        figures=(
            Figure(name="requests sent", value=built.sent, unit="requests"),
            Figure(name="of these, writes", value=built.writes, unit="requests"),
            Figure(name="fewest possible", value=least, unit="requests"),
            Figure(name="requests ÷ fewest possible", value=built.sent / least, at_most=1.3),
            Figure(name="requests per server", value=built.sent / number, unit="requests"),
            Figure(name="time", value=built.took.seconds, unit="s"),
            Figure(name="writes when applied again", value=again.writes, unit="requests", at_most=0),
        ),
        notes=(
            (
                "The fewest count one POST for each volume and each server, and one for all ports. What Tenantry spends "
                "beyond is a second look before it writes, and the listings by which it waits, one at a time for all volumes "
                "and one for all servers; they grow with the time that the cloud takes."
            ),
        ),
    )


def _folder(bench: Bench, number: int) -> Folder:
    """One department with a network and room for the servers."""
    folder = bench.folder(0)
    prefix = folder.path.name
    mine = Folder(path=folder.path, departments=departments(1, prefix=prefix))
    write_manifests(mine.path, mine.departments)
    manifest = mine.path / f"{mine.departments[0].name}.yaml"
    text = manifest.read_text(encoding="utf-8").replace("instances: 20, cores: 80", "instances: 1000, cores: 1000")
    for small, large in _ROOM:
        text = text.replace(small, large.format(number + 10))
    manifest.write_text(text + _ZONE, encoding="utf-8")
    return mine


def _add_servers(folder: Path, tenant: str, number: int) -> None:
    (folder / "application.yaml").write_text(_APPLICATION.format(tenant=tenant, number=number), encoding="utf-8")
