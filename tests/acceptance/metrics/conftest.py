"""A department in two clouds, collected, served and scraped by a real Prometheus."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from devcloud.fixture import Devcloud
from tests.acceptance.clouds import Cloud
from tests.acceptance.http.service import Answering, none_left
from tests.acceptance.manifests import cloud, project, tenant
from tests.acceptance.metrics.scraper import Prometheus, scraping
from tests.acceptance.shell import ERROR, Shell
from tests.acceptance.site import Site

#: Where nobody listens.
_NOWHERE = "http://127.0.0.1:9/v3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scraped:
    """A department whose service is scraped."""

    site: Site
    service: Answering
    prometheus: Prometheus
    #: The folder of promtool.
    tools: Path

    def collect(self) -> None:
        """Have everything collected once."""
        self.site.tenantry("collect")

    def collect_without(self, cloud: str) -> None:
        """The same, while a cloud is not there."""
        clouds = yaml.safe_load(self.site.tenantry.clouds_yaml.read_text(encoding="utf-8"))
        clouds["clouds"][cloud]["auth"]["auth_url"] = _NOWHERE
        file = self.site.tenantry.folder / "clouds-without.yaml"
        file.write_text(yaml.safe_dump(clouds), encoding="utf-8")
        replace(self.site.tenantry, clouds_yaml=file)("collect", code=ERROR)

    def must_be_clean(self) -> None:
        """Raises AssertionError where promtool has something to say of the page."""
        page = self.service.client.get("/metrics", headers={"accept": "text/plain"}).content
        command = [self.tools / "promtool", "check", "metrics"]
        done = subprocess.run(command, input=page, capture_output=True, check=False)
        assert (done.returncode, done.stdout + done.stderr) == (0, b"")


@pytest.fixture
def tenantry(tenantry: Shell) -> Shell:
    """Tenantry whose collectors need not be polite."""
    return tenantry.with_environment(TENANTRY_COLLECT_REQUESTS_A_MINUTE="10000")


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
def scraped(prometheus_tools: Path, tenantry: Shell, site: Site, tmp_path: Path) -> Iterator[Scraped]:
    """A service, and a real Prometheus that scrapes it with a token that scrapes and does nothing else."""
    token = tenantry("token", "create", "prometheus", "--role", "metrics").out.strip()
    folder = tmp_path / "prometheus"
    folder.mkdir()
    with ExitStack() as stack:
        service = Answering.start(tenantry, token)
        stack.enter_context(none_left(service.running))
        stack.callback(service.client.close)
        port = service.client.base_url.port
        assert port
        prometheus = stack.enter_context(scraping(prometheus_tools, folder, port=port, token=token))
        yield Scraped(site=site, service=service, prometheus=prometheus, tools=prometheus_tools)
