"""What benchmarks share: one cloud, started when first needed, Tenantry's records, and folders of manifests."""

import os
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from devcloud.fixture import Devcloud, running
from devcloud.handle import Mark
from devcloud.records import CloudOptions
from tests.benchmarks.departments import Department, departments, write_manifests
from tests.benchmarks.process import Ended, run

CLOUD: Final = "city"
COMPUTES: Final = CloudOptions().computes
TENANTRY: Final = Path(sys.executable).with_name("tenantry")
#: Requests that Tenantry has under way to one cloud at a time, and the threads of what it is compared with.
THREADS: Final = 16
#: What Tenantry's requests say of themselves in the clouds' logs.
USER_AGENT: Final = "tenantry/"
#: Departments that warm up the clouds and the records before anything is measured.
_WARM_UP: Final = 8
_ID: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much work is measured. The targets are for the defaults."""

    departments: int = 100
    tenants: int = 1000
    #: Of one application.
    servers: int = 20
    #: How often the two sides of a comparison take turns.
    rounds: int = 2
    #: How often a command is run that is measured alone.
    repetitions: int = 5
    #: Departments that a slow side of a comparison is given.
    sample: int = 10
    #: Servers of a whole cloud, of which everything is collected.
    estate: int = 300
    #: Servers of a province, whose month is metered.
    province: int = 18_138
    #: MiB of a disk that is copied; others have twice and four times as many.
    image: int = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Requests that differ in ids alone."""

    service: str
    method: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Departments, and their manifests on disk."""

    path: Path
    departments: tuple[Department, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A run of `tenantry apply`, and what it asked of the cloud."""

    took: Ended
    requests: Mapping[Kind, int]

    @property
    def sent(self) -> int:
        """Requests in all, authentication included."""
        return sum(self.requests.values())

    @property
    def writes(self) -> int:
        """Requests that change something. To authenticate is not one, though it is a POST."""
        return sum(
            number
            for kind, number in self.requests.items()
            if kind.method not in {"GET", "HEAD"} and not kind.path.endswith("/auth/tokens")
        )


@dataclass(slots=True, kw_only=True)
class Bench:
    """The workbench. What it opens is closed with `stack`."""

    stack: ExitStack
    scratch: Path
    sizes: Sizes
    _devcloud: Devcloud | None = None
    _prefixes: Iterator[str] = field(default_factory=lambda: (f"d{number}" for number in count(1)))

    @property
    def devcloud(self) -> Devcloud:
        """One real cloud and Tenantry's records of it, both warm."""
        if self._devcloud is None:
            self._devcloud = self.stack.enter_context(running((CLOUD,), state=self.scratch / "devcloud"))
            self.apply(self.folder(_WARM_UP))
        return self._devcloud

    def folder(self, number: int) -> Folder:
        """Manifests of that many departments that no cloud has yet."""
        prefix = next(self._prefixes)
        folder = Folder(path=self.scratch / "manifests" / prefix, departments=departments(number, prefix=prefix))
        write_manifests(folder.path, folder.departments)
        return folder

    def apply(self, folder: Folder) -> Applied:
        """Run `tenantry apply` as a person would, and count what it asks of the cloud."""
        mark = self.devcloud.mark()
        took = self.tenantry("apply", folder.path, "--yes")
        return Applied(took=took, requests=self.requests(mark, USER_AGENT))

    def tenantry(self, *arguments: str | Path, state: Path | None = None, ends_with: Collection[int] = (0,)) -> Ended:
        """Run a command of Tenantry's on these records, or on others."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("TENANTRY_", "OS_"))}
        environment["TENANTRY_STATE_DIR"] = str(state or self.scratch / "records")
        if self._devcloud:
            environment["OS_CLIENT_CONFIG_FILE"] = str(self._devcloud.clouds_yaml)
        return run([TENANTRY, *arguments], environment=environment, ends_with=ends_with)

    def requests(self, since: Mark, user_agent: str) -> Mapping[Kind, int]:
        """What was asked of the cloud since then by whoever calls itself so."""
        return Counter(
            Kind(service=each.service, method=each.method, path=_ID.sub("*", each.path))
            for each in self.devcloud.requests(since=since)
            if each.user_agent.startswith(user_agent)
        )
