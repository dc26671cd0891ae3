"""A department in two clouds, of which one can be killed; collected, served and scraped by a real Prometheus."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from devcloud.fixture import Devcloud, running
from tests.acceptance.clouds import Api, Cloud
from tests.acceptance.http.service import Answering, none_left
from tests.acceptance.manifests import cloud, project, tenant
from tests.acceptance.metrics.scraper import Prometheus, scraping
from tests.acceptance.shell import Running, Shell
from tests.acceptance.site import Site

#: Seconds between two collections: as few as there may be.
EVERY = "10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A project of the department, and the cloud that it is in."""

    cloud: Cloud
    #: As the manifest calls it.
    project: str
    keystone_name: str
    project_id: str

    @property
    def engineer(self) -> Api:
        """The cloud in the hands of one of the project's members."""
        return self.cloud.as_user("li-wei", self.keystone_name)

    @property
    def statuses(self) -> list[str]:
        """Those of the servers, as Nova says them."""
        return [each["status"] for each in self.cloud.servers(self.project_id)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scraped:
    """A department whose service is scraped."""

    site: Site
    service: Answering
    prometheus: Prometheus
    #: The folder of promtool.
    tools: Path
    city: Place
    district: Place
    #: Runs the district alone.
    mortal: Devcloud
    _stack: ExitStack

    def collect_on(self) -> Running:
        """Start a worker that collects again and again."""
        work = self.site.tenantry.with_environment(TENANTRY_COLLECT="true").start("work")
        self._stack.enter_context(none_left(work))
        return work

    def must_be_clean(self) -> None:
        """Raises AssertionError where promtool has something to say of the page."""
        page = self.service.client.get("/metrics", headers={"accept": "text/plain"}).content
        command = [self.tools / "promtool", "check", "metrics"]
        done = subprocess.run(command, input=page, capture_output=True, check=False)
        assert (done.returncode, done.stdout + done.stderr) == (0, b"")


@pytest.fixture
def mortal() -> Iterator[Devcloud]:
    """A cloud `district` that is nobody else's."""
    with running(("district",)) as devcloud:
        yield devcloud


@pytest.fixture
def tenantry(tenantry: Shell, devcloud: Devcloud, mortal: Devcloud) -> Shell:
    """Tenantry with the city that all share and a district of its own, whose collectors come often and need not be polite."""
    known = [yaml.safe_load(each.clouds_yaml.read_text(encoding="utf-8"))["clouds"] for each in (devcloud, mortal)]
    file = tenantry.folder / "clouds.yaml"
    file.write_text(yaml.safe_dump({"clouds": {**known[0], "district": known[1]["district"]}}), encoding="utf-8")
    return Shell(folder=tenantry.folder, clouds_yaml=file).with_environment(
        TENANTRY_COLLECT_REQUESTS_A_MINUTE="10000",
        TENANTRY_COLLECT_SERVERS_SECONDS=EVERY,
        TENANTRY_COLLECT_QUOTAS_SECONDS=EVERY,
    )


@pytest.fixture
def site(tenantry: Shell, devcloud: Devcloud, city: Cloud, name: str) -> Iterator[Site]:
    """A tenant with a project in each cloud, applied; what runs in the city's is deleted at the end."""
    made = Site(tenantry=tenantry, devcloud=devcloud, city=city, name=name, began=devcloud.mark())
    far = project("far", cloud="district", projectName=f"{name}-far")
    made.ask_all(cloud("district"), tenant(name, project(), far))
    made.apply()
    yield made
    city.delete_servers(made.project_id)
    city.delete_volumes(made.project_id)


@pytest.fixture
def scraped(prometheus_tools: Path, tenantry: Shell, site: Site, mortal: Devcloud) -> Iterator[Scraped]:
    """A service, and a real Prometheus that scrapes it with a token that scrapes and does nothing else."""
    token = tenantry("token", "create", "prometheus", "--role", "metrics").out.strip()
    folder = tenantry.folder / "prometheus"
    folder.mkdir()
    with ExitStack() as stack:
        service = Answering.start(tenantry, token)
        stack.enter_context(none_left(service.running))
        stack.callback(service.client.close)
        port = service.client.base_url.port
        assert port
        yield Scraped(
            site=site,
            service=service,
            prometheus=stack.enter_context(scraping(prometheus_tools, folder, port=port, token=token)),
            tools=prometheus_tools,
            city=_place(site.city, "registration", site.keystone_name),
            district=_place(Cloud.of(mortal, "district"), "far", f"{site.name}-far"),
            mortal=mortal,
            _stack=stack,
        )


def _place(cloud_: Cloud, project_: str, keystone_name: str) -> Place:
    id_ = str(cloud_.project(keystone_name)["id"])
    return Place(cloud=cloud_, project=project_, keystone_name=keystone_name, project_id=id_)
