"""Where servers go: zones and hosts that are there and take servers. Pure.

Nova's computes have their zones by aggregates (compute API reference, `os-services`); one that is disabled takes no new servers,
one that is down takes none and lets none go.
"""

from collections.abc import Iterator

from provisioner.migration.checks.case import Case
from provisioner.migration.checks.findings import WHOLE, Finding, refusal, warning
from provisioner.migration.source import Compute
from tenants.wave import HostName


def zones(case: Case) -> Iterator[Finding]:
    """Whether the availability zone is there, with hosts that take servers."""
    wanted = {bound.availability_zone for _, bound in case.bound_machines()} if not case.mode.within else set()
    for zone in sorted({*(each for each in wanted if each), *_named_zone(case)}):
        there = [each for each in case.target.computes if each.zone == zone]
        if not there:
            known = ", ".join(sorted(case.target.availability_zones)) or "none"
            yield refusal(
                WHOLE,
                f"cloud {case.target.cloud} has no availability zone {zone}, only {known}",
                "write one of them as the target's availabilityZone",
            )
        elif not any(_takes(each) for each in there):
            yield refusal(
                WHOLE,
                f"no host of the availability zone {zone} takes servers now",
                "have one enabled, or name another zone",
            )


def hosts(case: Case) -> Iterator[Finding]:
    """Whether the host that the wave names is there, takes servers, and is in the zone."""
    host = case.wave.target.host
    if host is None:
        return
    found = _compute(case.target.computes, host)
    if found is None:
        yield refusal(
            WHOLE,
            f"cloud {case.target.cloud} has no host {host}",
            "write a host as Nova has it (openstack compute service list)",
        )
        return
    if not found.enabled:
        yield refusal(WHOLE, f"the host {host} is disabled, and takes no servers", "have it enabled, or name another")
    if not found.up:
        yield refusal(WHOLE, f"the host {host} does not answer", "have it repaired, or name another")
    zones_wanted = {*_named_zone(case), *(bound.availability_zone for _, bound in case.bound_machines())} - {None}
    for zone in sorted(str(each) for each in zones_wanted):
        if found.zone != zone:
            yield refusal(
                WHOLE,
                f"the host {host} is in the availability zone {found.zone}, and the servers are to be in {zone}",
                "name a host of that zone, or another zone",
            )


def leaving(case: Case) -> Iterator[Finding]:
    """Within a cloud: whether servers can leave their hosts, and whether there is anywhere else to go."""
    if not case.mode.within:
        return
    for each in case.machines:
        if each.host is None:
            yield refusal(
                each.subject, "Nova does not say on which host it is", "have Tenantry's user made an administrator"
            )
            continue
        if each.host == case.wave.target.host:
            yield refusal(each.subject, f"is on the host {each.host} already", "name another host, or leave it out")
        home = _compute(case.source.computes, each.host)
        if home is not None and not home.up:
            yield refusal(
                each.subject,
                f"the host that it is on does not answer ({each.host}): from there Nova moves nothing",
                _EVACUATE,
            )
        others = [one for one in case.target.computes if one.host != each.host and _takes(one)]
        if not others:
            yield refusal(each.subject, "there is no other host that takes servers", "have one enabled")


def asked_for(case: Case) -> Iterator[Finding]:
    """Nova keeps with a server the zone that it was made for, and does not say whether one was asked for."""
    named = _named_zone(case)
    host = case.wave.target.host
    if case.mode.within and host is not None:
        found = _compute(case.target.computes, host)
        named = {found.zone} if found is not None else set()
    for each in case.machines if case.mode.within else ():
        if named and each.availability_zone is not None and each.availability_zone not in named:
            yield warning(
                each.subject,
                f"is in the availability zone {each.availability_zone}: where it was made for that, Nova does not let it leave",
            )


_EVACUATE = "have the host repaired, or its servers evacuated by the cloud's operators"


def _named_zone(case: Case) -> set[str]:
    zone = case.wave.target.availability_zone
    return {zone} if zone else set()


def _compute(computes: tuple[Compute, ...], host: HostName) -> Compute | None:
    return next((each for each in computes if each.host == host), None)


def _takes(compute: Compute) -> bool:
    return compute.enabled and compute.up
