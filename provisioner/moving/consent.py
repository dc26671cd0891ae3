"""What whoever starts a wave says yes to: the wave as it is written, and where each part of it would go. Pure.

Two plans of the same fingerprint do the same; what only passes by on the source (whether a server runs, on which host it is)
is not part of it, unless a step depends on it.
"""

import hashlib
import json
from typing import Any

from provisioner.migration.bindings import Bindings
from provisioner.migration.script import StepSpec
from provisioner.migration.workload import Machine
from provisioner.moving.starting import Planned, WavePlan
from provisioner.plan import Fingerprint
from provisioner.store.codec import encode
from tenants.wave import WaveSpec


def fingerprint(plan: WavePlan) -> Fingerprint:
    """SHA-256, in hexadecimal, over the wave, and each application's servers, target and steps."""
    content = {
        "wave": encode(WaveSpec, plan.wave),
        "applications": [_planned(each) for each in plan.planned],
        "obstacles": [[each.application, each.message] for each in plan.obstacles],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Fingerprint(hashlib.sha256(text.encode()).hexdigest())


def _planned(planned: Planned) -> dict[str, Any]:
    workload = planned.workload
    return {
        "application": planned.member.application,
        "source": [workload.cloud, workload.project_id],
        "servers": [_machine(each) for each in workload.machines],
        "target": encode(Bindings, planned.bindings),
        "steps": [encode(StepSpec, each.spec) for each in planned.steps],
    }


def _machine(machine: Machine) -> dict[str, Any]:
    return {
        "id": machine.id,
        "flavor": machine.flavor,
        "disks": [[each.volume, each.size] for each in machine.disks],
        "interfaces": [[each.port, each.mac] for each in machine.interfaces],
    }
