"""Which of the operators' playbooks run in the guests, and when: by their names, never by their text."""

from datetime import timedelta
from typing import Any, Final

from tenants.kinds.kind import IDENTIFIER_TEXT
from tenants.kinds.waves.shapes import VARIABLE_NAME, VariableValue
from tenants.language.composites import ListOf, NamedMap, Record
from tenants.language.scalars import Word
from tenants.language.shape import Field
from tenants.language.times import Duration
from tenants.wave import PlaybookName, PlaybookPhase, PlaybookUse

_STANDARD_TIMEOUT: Final = timedelta(minutes=5)


def _use(*, playbook: str | None, timeout: timedelta | None, **rest: Any) -> PlaybookUse:
    return PlaybookUse(
        playbook=PlaybookName(playbook) if playbook is not None else None,
        timeout=int((timeout or _STANDARD_TIMEOUT).total_seconds()),
        **rest,
    )


PLAYBOOK: Final = Record(
    name="PlaybookUse",
    description="What runs in the guests at one phase: a playbook of the operators' folder, with variables. Of a phase that is "
    "named by the wave and by an application, the application's counts.",
    fields=(
        Field(
            key="phase",
            shape=Word(words=PlaybookPhase),
            description="When it runs.",
            required=True,
            example="quiesce",
        ),
        Field(
            key="playbook",
            shape=IDENTIFIER_TEXT,
            description="Its name in the operators' folder, without `.yml` and without a path; the standard playbook of the "
            "phase unless given.",
            example="quiesce-kingbase",
        ),
        Field(
            key="variables",
            shape=NamedMap(key=VARIABLE_NAME, value=VariableValue()),
            description="Its variables: text, whole numbers, true or false, or lists of texts. None that Ansible itself goes "
            "by (`ansible_…`), and no templates.",
            default={},
            example={"services": ["registration", "nginx"]},
        ),
        Field(
            key="timeout",
            shape=Duration(shortest=timedelta(seconds=1), longest=timedelta(hours=12)),
            description="How long it may take, in all guests of the application side by side.",
            default=_STANDARD_TIMEOUT,
            shown_default="5m",
            example="10m",
        ),
    ),
    build=_use,
    synonyms={"vars": "variables", "name": "playbook", "when": "phase"},
)

PLAYBOOKS: Final = ListOf(item=PLAYBOOK, identity="phase")
