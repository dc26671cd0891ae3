"""The reference of the playbooks that come with Tenantry, written from their roles: `docs/reference/playbooks.md`."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from provisioner.playing.ansible import PLAYBOOKS
from provisioner.playing.arguments import Argument, Arguments, arguments_of
from provisioner.playing.folders import standard
from provisioner.playing.reading import values_in
from tenants.wave import PlaybookPhase

_INTRODUCTION: Final = """\
# Playbooks

<!-- Written from the roles' argument specifications; a test holds it to them. -->

What migrations do in guests, phase by phase: one playbook each, with a role of the same name. A wave gives variables to them, or names
others of the operators' folder, below `playbooks`. How: [operators.md](../operators.md#playbooks).

Guests need no Python: what runs there is POSIX shell and what busybox has. Each playbook looks before it acts, so that a second run changes
nothing, and has a check mode that only tells what it would do. Besides the variables below every playbook has `tenantry_migration`,
`tenantry_wave`, `tenantry_phase`, `tenantry_application`, and of each guest `tenantry_server`, `tenantry_server_id` and `tenantry_first` (whether
it is the first of its application). With each of them a wave may also give `login`: the guest's user to log in as, where that is not SSH's own choice."""

_CODE: Final = re.compile(r"C\(((?:[^()]|\([^()]*\))*)\)")


def page() -> str:
    """The page, as Markdown."""
    sections = [line for phase in PlaybookPhase for line in _section(phase)]
    return "\n".join([_INTRODUCTION, *sections]) + "\n"


def _section(phase: PlaybookPhase) -> Iterator[str]:
    name = standard(phase)
    said = arguments_of(values_in(PLAYBOOKS / "roles" / name / "meta" / "argument_specs.yml"))
    if said is None:
        raise ValueError(f"the role {name} does not say what it takes")
    yield from _told(phase, said)


def _told(phase: PlaybookPhase, said: Arguments) -> Iterator[str]:
    yield f"\n## {phase.value}\n"
    yield f"{_marked(said.summary)}. {' '.join(map(_marked, said.description))}\n"
    yield "| variable | type | default | meaning |"
    yield "| --- | --- | --- | --- |"
    yield from map(_row, said.arguments)


def _row(each: Argument) -> str:
    meaning = " ".join(map(_marked, each.description)).replace("|", "\\|")
    kind = "list of texts" if each.type == "list" else each.type
    return f"| `{each.name}` | {kind} | {_default(each)} | {meaning} |"


def _default(each: Argument) -> str:
    value: Any = each.default
    if value in ([], "", None):
        return "needed" if each.required else "none"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _marked(text: str) -> str:
    """Ansible's markup for code as Markdown's."""
    return _CODE.sub(r"`\1`", text)
