"""What takes the place of flavors: large enough, usable, and with the devices that guests know. Pure.

What a flavor asks of hosts stands in its extra specs (Nova's administration guide, "Extra specs"); some of it a guest sees.
"""

from collections.abc import Iterator
from typing import Final

from provisioner.clouds.offers import Flavor
from provisioner.migration.bindings import BoundMachine
from provisioner.migration.checks.case import Case
from provisioner.migration.checks.findings import Finding, refusal, warning
from provisioner.migration.workload import Machine
from tenants.wave import Mode

#: What decides where a server may be, or how it is paid for, and no guest sees.
_UNSEEN: Final = ("aggregate_instance_extra_specs:", "capabilities:", "trait", "group_policy", "quota:", ":")
#: Without these a guest misses a device that it has drivers and data for.
_DEVICES: Final = (
    "pci_passthrough:",
    "resources",
    "accel:",
    "hw:tpm_",
    "hw:mem_encryption",
    "hw_video:",
    "hw:firmware",
)
_TPM: Final = "hw:tpm_version"
#: Where the secret of a virtual TPM may leave its host (`hw:tpm_secret_security`).
_TPM_MOVES: Final = frozenset({"host", "deployment"})


def sizes(case: Case) -> Iterator[Finding]:
    """Whether each server gets at least what it has."""
    for machine, flavor in _flavors(case):
        if flavor.vcpus < machine.vcpus:
            yield _small(machine, flavor, f"{flavor.vcpus} vCPU", f"{machine.vcpus}")
        if flavor.ram < machine.ram:
            yield _small(machine, flavor, f"{flavor.ram} MiB of memory", f"{machine.ram}")


def roots(case: Case) -> Iterator[Finding]:
    """Whether a root disk that is no volume fits; 0 is as large as the image."""
    for machine, flavor in _flavors(case):
        root = machine.root
        if root is not None and root.volume is None and 0 < flavor.disk < root.size:
            yield _small(machine, flavor, f"{flavor.disk} GiB of root disk", f"{root.size}")


def access(case: Case) -> Iterator[Finding]:
    """Whether a flavor is everybody's."""
    for machine, flavor in _flavors(case):
        if not flavor.public:
            yield warning(
                machine.subject,
                f"the flavor {flavor.name} is private: the target's project needs access to it",
                "grant it in the project's landing zone",
            )


def extra_specs(case: Case) -> Iterator[Finding]:
    """Whether the target's flavor gives guests what the source's does."""
    for machine, bound in case.bound_machines() if not case.mode.within else ():
        theirs = case.target.extra_specs.get(bound.flavor_id, {})
        for key, value in sorted(machine.extra_specs.items()):
            if theirs.get(key) != value and not key.startswith(_UNSEEN):
                yield _lacks(machine, bound, (key, value), theirs.get(key))


def devices(case: Case) -> Iterator[Finding]:
    """Devices of the host that a server has."""
    for each in case.machines:
        yield from _tpm(case, each)
        passed = sorted(
            key for key in each.extra_specs if key.startswith(("pci_passthrough:", "accel:", "resources:VGPU"))
        )
        if passed and case.mode.within:
            yield warning(
                each.subject,
                f"has devices of its host ({', '.join(passed)}): only a host with the same ones that are free takes it",
            )
        elif passed:
            yield warning(
                each.subject, f"has devices of its host ({', '.join(passed)}): the guest finds others where it arrives"
            )


def _tpm(case: Case, machine: Machine) -> Iterator[Finding]:
    root = machine.root
    if _TPM not in machine.extra_specs and (root is None or "hw_tpm_version" not in root.image_properties):
        return
    if not case.mode.within:
        yield refusal(
            machine.subject,
            "has a virtual TPM, whose secrets no copy takes along",
            "have the guest give up what is sealed in it, and resize to a flavor without",
        )
    elif case.mode is Mode.LIVE and machine.extra_specs.get("hw:tpm_secret_security") not in _TPM_MOVES:
        yield refusal(
            machine.subject, "has a virtual TPM, with which Nova moves no server live", "move it cold (mode: cold)"
        )


def _lacks(machine: Machine, bound: BoundMachine, spec: tuple[str, str], theirs: str | None) -> Finding:
    key, value = spec
    message = f"the server's flavor has {key}={value}, and {bound.flavor} at the target has {'none' if theirs is None else theirs}"
    if key.startswith(_DEVICES):
        return refusal(machine.subject, message, "map to a flavor that has it too")
    return warning(machine.subject, message, "map to a flavor that has it too, unless the guest does without")


def _flavors(case: Case) -> Iterator[tuple[Machine, Flavor]]:
    """Each server with the flavor that it will have, where it changes."""
    offered = {each.id: each for each in case.target.offers.flavors}
    for machine, bound in case.bound_machines() if not case.mode.within else ():
        found = offered.get(bound.flavor_id)
        if found is None:
            continue
        yield machine, found


def _small(machine: Machine, flavor: Flavor, has: str, wanted: str) -> Finding:
    return refusal(
        machine.subject,
        f"the flavor {flavor.name} at the target has {has}, and the server has {wanted}",
        "map to a flavor that is at least as large",
    )
