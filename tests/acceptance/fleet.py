"""A dozen tenants to be applied at once, and the proof that the clouds end exactly as they were planned."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.acceptance.manifests import ENFORCED, MEMBERS_HELD, differences, tenant
from tests.acceptance.records import unfinished
from tests.acceptance.shell import Ended, Running
from tests.acceptance.site import Site
from tests.acceptance.traffic import sent, writes
from tests.acceptance.waiting import until

SIZE: Final = 12
#: A project, its limits in three services, two members.
WRITES_EACH: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Tenants with one project each."""

    site: Site
    tenants: tuple[str, ...]

    @classmethod
    def of(cls, site: Site) -> "Fleet":
        """Write their manifests into the site."""
        tenants = tuple(f"{site.name}-{number}" for number in range(SIZE))
        site.ask_all(*map(tenant, tenants))
        return cls(site=site, tenants=tenants)

    def start(self) -> Running:
        """Start to apply them."""
        return self.site.tenantry.start("apply", self.site.folder, "--yes")

    def started(self, count: int) -> Running:
        """An apply under way, at the moment after so many writes since the test began."""
        running = self.start()
        self._await(running, lambda: self.site.writes >= count, f"{count} writes")
        return running

    def looking(self) -> Running:
        """An apply under way that has begun to look at the clouds."""
        running = self.start()
        self._await(running, lambda: bool(sent(self.site.devcloud, self.site.began)), "a request")
        return running

    def finish(self) -> Ended:
        """The same command again, in peace and to its end."""
        self.site.devcloud.clear()
        return self.site.apply()

    def must_be_as_planned(self) -> None:
        """Raises AssertionError where a cloud, the journal or the audit log is not as it must be after all."""
        for each in self.tenants:
            made = self.site.city.project(f"{each}-registration")
            assert differences(ENFORCED, self.site.city.limits(made["id"])) == [], each
            assert self.site.city.members(made["id"]) == MEMBERS_HELD, each
        assert self.site.projects_made == SIZE
        assert unfinished(self.site.tenantry) == []
        self.site.tenantry("audit", "verify")
        mark = self.site.devcloud.mark()
        self.site.apply()
        assert writes(self.site.devcloud, mark) == []

    def _await(self, running: Running, condition: Callable[[], bool], what: str) -> None:
        until(lambda: condition() or running.process.poll() is not None, what)
        assert condition(), f"it ended without {what}: {running.wait()}"
