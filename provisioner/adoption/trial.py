"""The proof that an import changes nothing, before it is written: its manifests are validated, and planned.

What validation does not take, and what a plan of it would change or refuse, is cut out of the documents with the reason,
until nothing is left to object to. Subnets and rules that only need a reason to be as they are get one: that they were
found so. Pure.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from provisioner.adoption import places
from provisioner.adoption.documents import Document, LeftOut
from provisioner.adoption.places import Documents, Steps
from provisioner.observation import Observation
from provisioner.planning import make_plan
from tenants.language.emission import emit
from tenants.names import CloudName
from tenants.problems import Problem, Severity
from tenants.spec import City
from tenants.validation import validate

#: Each takes something away, so it ends in any case; real clouds need two or three.
_ROUNDS: Final = 50
_CLOUD: Final = "(cloud)"
_STEP: Final = re.compile(r'\["(.*?)"\]|\[(\d+)\]|([^.\[\]]+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the documents are held against."""

    #: The manifest of their cloud.
    cloud: Document
    observation: Observation
    #: When the import is made.
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Objection:
    """Something against a part of a document."""

    steps: Steps
    reason: str
    #: Whether a reason for an exception may be all that is missing.
    pardonable: bool = False


def settle(documents: Documents, trial: Trial) -> list[LeftOut]:
    """Cut out of the documents, in place, whatever keeps them from being valid and their plan from being empty."""
    left_out: list[LeftOut] = []
    for _ in range(_ROUNDS):
        objections = list(_objections(documents, trial)) if places.is_furnished(documents) else []
        if not objections:
            return left_out
        left_out += _met(documents, objections, trial.day)
    # Cannot be reached by cutting, for each round takes away; so nothing of it is kept that could be wrong.
    return [*left_out, *places.strip(documents, "the manifests could not be brought into agreement with the cloud")]


def _objections(documents: Documents, trial: Trial) -> Iterator[_Objection]:
    """What is wrong with the documents; where nothing is, what a plan of them would do."""
    files = [(_CLOUD, trial.cloud), *documents.items()]
    validation = validate([(name, emit([each]).encode()) for name, each in files])
    if validation.city is None:
        errors = [each for each in validation.problems if each.severity is Severity.ERROR]
        yield from (_of_problem(documents, each) for each in errors)
    else:
        yield from _of_plan(documents, validation.city, trial.observation)


def _of_problem(documents: Documents, problem: Problem) -> _Objection:
    file = problem.location.file
    steps = tuple(int(found[2]) if found[2] else found[1] or found[3] for found in _STEP.finditer(problem.path))
    reason = f"{problem.message}; {problem.remedy}" if problem.remedy else problem.message
    # The manifests of the import are tried under names that nobody else sees.
    told = re.sub(r"\bat [^\s:]+:\d+:\d+", "elsewhere in the import", reason)
    return _Objection(steps=(file, *steps) if file in documents else (), reason=told, pardonable=True)


def _of_plan(documents: Documents, city: City, observation: Observation) -> Iterator[_Objection]:
    """What a plan would do or refuse of it, at the objects that it is about."""
    plan = make_plan(city, {CloudName(observation.cloud): observation})
    for action in plan.actions:
        change = action.change
        names = ", ".join(sorted(change.after)) or "all"
        reason = f"applying would {change.verb} it ({change.address.kind}: {names})"
        for steps in places.of_address(documents, change.address):
            yield _Objection(steps=steps, reason=reason)
    for refusal in plan.refusals:
        for steps in places.of_address(documents, refusal.address):
            yield _Objection(steps=steps, reason=f"{refusal.message}; {refusal.remedy}")


def _met(documents: Documents, objections: Sequence[_Objection], day: date) -> list[LeftOut]:
    """Pardon what only needs a reason, and cut the rest; nothing twice."""
    pardons = [places.pardonable(documents, each.steps) if each.pardonable else None for each in objections]
    cuts: dict[Steps, str] = {}
    for each, pardon in zip(objections, pardons, strict=True):
        if pardon is None:
            cuts.setdefault(places.cuttable(documents, each.steps), each.reason)
        else:
            pardon["exception"] = f"Found so at import on {day.isoformat()}; not reviewed yet"
    told = [LeftOut(each, reason) for steps, reason in cuts.items() for each in places.labels(documents, steps)]
    # The last of a list first, so that the places of the others stay what they are.
    for steps in sorted(cuts, key=_order, reverse=True):
        places.cut(documents, steps)
    for name in [each for each in documents if places.is_empty(documents, each)]:
        del documents[name]
    return told


def _order(steps: Steps) -> tuple[tuple[int, str], ...]:
    return tuple((each, "") if isinstance(each, int) else (-1, each) for each in steps)


def counts(documents: Documents) -> Mapping[str, int]:
    """How many objects of each sort the documents hold."""
    found: dict[str, int] = {}
    for noun in places.nouns(documents):
        found[noun] = found.get(noun, 0) + 1
    return found
