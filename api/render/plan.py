"""A plan, shown as Terraform shows one: every object that changes, every property before and after, and why."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final

from rich.console import Console

from api.language.spoken import say
from api.render import changes, refusals
from api.render.alike import Entry, entries
from api.render.belonging import is_own
from api.render.changes import STYLES, Mark, heading, mark_of, object_name, print_properties
from api.render.deletions import described
from api.render.names import Names
from api.render.output import Document
from api.render.page import Column, Group, Page, Row, counted
from api.render.refusals import capped, print_refusal, print_shared
from provisioner.diff import Verb
from provisioner.objects import Address
from provisioner.plan import Action, Fingerprint, Plan, Section
from tenants.names import CloudName, ProjectName

_FINGERPRINT: Final = 8
_SUMMARY: Final = ("create", "change", "take away", "refused", "held back")
_LANDING_ZONE: Final = "landing zone"
_OBJECT: Final = 2
_DETAIL: Final = 6


class Detail(StrEnum):
    """How much of a plan is shown. Refusals and destructive actions are shown whole in any case."""

    #: Every property of every object.
    FULL = "full"
    #: Every property; numbered members that are alike once.
    ALIKE = "alike"
    #: One line for each tenant and cloud.
    LINES = "lines"
    #: Only how many.
    TOTALS = "totals"


#: Where objects are told with their properties.
_WITH_PROPERTIES: Final = frozenset({Detail.FULL, Detail.ALIKE})


def print_plan(console: Console, plan: Plan, names: Names, *, detail: Detail = Detail.FULL) -> None:
    """A plan by tenant and cloud. The last line counts, and names the fingerprint."""
    page = Page(console)
    shown = [section for section in plan.sections if _says_something(section)]
    if detail is Detail.LINES:
        _print_summary(page, shown, names)
    shared = refusals.shared_causes(shown)
    for cause, sections in shared.items():
        print_shared(page, cause, sections, names)
    told = {id(section) for sections in shared.values() for section in sections}
    for section in (section for section in shown if id(section) not in told):
        _print_section(page, section, names, detail)
    _print_projects(page, "Projects that no manifest names, left as they are:", plan.unmanaged)
    _print_projects(page, "Projects that only an earlier manifest named, left as they are:", plan.orphaned)
    notices = sum(len(section.notices) for section in shown)
    if notices and detail not in _WITH_PROPERTIES:
        page.line(f"{counted(notices, 'note')}, left out here.")
    _print_totals(page, plan)


def length(plan: Plan) -> int:
    """How many objects a plan tells of, numbered members that are alike counted once."""
    return sum(len(entries(section.actions)) for section in plan.sections)


def short(fingerprint: Fingerprint) -> str:
    """As much of a fingerprint as people compare."""
    return fingerprint[:_FINGERPRINT]


def as_document(plan: Plan, names: Names) -> Mapping[str, Document]:
    """The plan with its numbers and fingerprints."""
    numbers = _Numbers.of(plan)
    return {
        "fingerprint": plan.fingerprint,
        "summary": {
            "create": numbers.marks[Mark.CREATE],
            "change": numbers.marks[Mark.CHANGE],
            "takeAway": numbers.marks[Mark.TAKE_AWAY],
            "destructive": numbers.destructive,
            "refused": numbers.refused,
            "heldBack": numbers.held_back,
        },
        "sections": [_section_document(section, names) for section in plan.sections],
        "unmanaged": [{"cloud": cloud, "project": name} for cloud, name in plan.unmanaged],
        "orphaned": [{"cloud": cloud, "project": name} for cloud, name in plan.orphaned],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """A plan, counted."""

    #: The actions that will be done.
    marks: Counter[Mark]
    destructive: int
    refused: int
    #: The actions that will not be done because something of the same tenant and cloud is refused.
    held_back: int

    @classmethod
    def of(cls, plan: Plan) -> "_Numbers":
        """The numbers of a plan."""
        done = [action for section in plan.sections if section.applicable for action in section.actions]
        return cls(
            marks=Counter(mark_of(action.change) for action in done),
            destructive=sum(action.destructive for action in done),
            refused=sum(1 for _ in plan.refusals),
            held_back=sum(len(section.actions) for section in plan.sections if section.refusals),
        )


def _says_something(section: Section) -> bool:
    return bool(section.actions or section.refusals or section.notices)


def _print_section(page: Page, section: Section, names: Names, detail: Detail) -> None:
    summary = detail not in _WITH_PROPERTIES
    actions = [action for action in section.actions if action.destructive or not summary]
    notices = () if summary else section.notices
    if not (actions or section.refusals or notices):
        return
    page.line((f"{names.full(section.tenant)} on {section.cloud}", "bold"))
    for refusal in section.refusals:
        print_refusal(page, refusal, names, indent=_OBJECT)
    if section.refusals and actions:
        held = counted(len(section.actions), "action")
        page.line((f"{held} held back until nothing here is refused:", "red"), indent=_OBJECT)
    for title, together in _by_part(actions, names):
        if title:
            page.line((title, "cyan"), indent=_OBJECT, hang=_OBJECT)
        told = (
            [Entry(actions=[each], change=each.change) for each in together]
            if detail is Detail.FULL
            else entries(together)
        )
        for entry in told:
            _print_entry(page, entry, indent=_DETAIL - _OBJECT if title else _OBJECT)
    for notice in notices:
        page.line(
            ("note: ", "blue"), f"{names.object(notice.address)}: {say(notice.message)}", indent=_OBJECT, hang=_DETAIL
        )
    page.gap()


def _by_part(actions: Iterable[Action], names: Names) -> Iterable[tuple[str, Sequence[Action]]]:
    """The actions by what they are part of, each part under its title; a project's own have none.

    A department engineer reads a plan by projects and applications. It is carried out in another order, which does not
    matter to them.
    """
    found: dict[tuple[ProjectName, str], list[Action]] = {}
    for action in actions:
        address = action.change.address
        found.setdefault((address.project, _part_of(address, names)), []).append(action)
    # Its own come first: what a project is, then what is in it.
    places = {project: number for number, project in enumerate(dict.fromkeys(project for project, _ in found))}
    ordered = sorted(found, key=lambda each: (places[each[0]], bool(each[1]), not each[1].endswith(_LANDING_ZONE)))
    return [(title, found[project, title]) for project, title in ordered]


def _part_of(address: Address, names: Names) -> str:
    if is_own(address):
        return ""
    application = names.belonging.application(address)
    part = f"application {application.display_name} ({application.name})" if application else _LANDING_ZONE
    return f"{address.project}: {part}"


def _print_entry(page: Page, entry: Entry, *, indent: int) -> None:
    action, hang = entry.actions[0], _DETAIL - _OBJECT
    page.line(*heading(action, _entry_name(entry)), indent=indent, hang=hang)
    print_properties(page, entry.change, indent=indent + hang)


def _entry_name(entry: Entry) -> str:
    """`server web-1`, `20 servers web-1 … web-20`; of a project's own, with the project's name."""
    change, several = entry.change, entry.several
    if is_own(change.address):
        return object_name(change.address)
    if change.verb is Verb.DELETE:
        return described(change)
    if not several:
        return f"{change.address.kind} {change.address.key}"
    first, last = entry.names[0], entry.names[-1]
    return f"{len(entry.actions)} {change.address.kind}s {first} … {last}"


def _print_summary(page: Page, sections: Sequence[Section], names: Names) -> None:
    """One line for each section; what happens to none of them has no column."""
    counts = [_summary_counts(section) for section in sections]
    kept = [index for index in range(len(_SUMMARY)) if any(row[index][0] for row in counts)]
    columns = (
        Column(title="tenant", flexible=True),
        Column(title="cloud"),
        *(Column(title=_SUMMARY[index], right=True) for index in kept),
    )
    rows: list[Row] = [
        (names.full(section.tenant), section.cloud, *(row[index] for index in kept))
        for section, row in zip(sections, counts, strict=True)
    ]
    if rows:
        page.table(columns, [Group(rows=rows)])
        page.gap()


def _summary_counts(section: Section) -> Sequence[tuple[str, str]]:
    """The numbers of one section in the order of `_SUMMARY`, styled; no text where there is none."""
    done = section.actions if section.applicable else ()
    marks = Counter(mark_of(action.change) for action in done)
    refused, held_back = len(section.refusals), len(section.actions) - len(done)
    styled = [*((marks[mark], STYLES[mark]) for mark in Mark), (refused, "bold red"), (held_back, "red")]
    return [(str(number or ""), style) for number, style in styled]


def _print_projects(page: Page, title: str, projects: Sequence[tuple[CloudName, str]]) -> None:
    if not projects:
        return
    page.line(title)
    by_cloud = [
        (cloud, capped([name for _, name in found])) for cloud, found in groupby(projects, lambda each: each[0])
    ]
    columns = (Column(title=""), Column(title="", flexible=True))
    page.table(columns, [Group(rows=by_cloud)], indent=_OBJECT)
    page.gap()


def _print_totals(page: Page, plan: Plan) -> None:
    numbers = _Numbers.of(plan)
    fingerprint = f"Fingerprint {short(plan.fingerprint)}."
    tenants = {section.tenant for section in plan.sections}
    quiet = tenants - {section.tenant for section in plan.sections if section.actions or section.refusals}
    if quiet == tenants:
        page.line(("Nothing to do: ", "bold green"), f"the clouds are as the manifests ask. {fingerprint}")
        return
    if quiet:
        page.line(f"{len(quiet)} of {counted(len(tenants), 'tenant')} already as asked.")
    if numbers.destructive:
        one = numbers.destructive == 1
        rest = "is DESTRUCTIVE: its reason stands above." if one else "are DESTRUCTIVE: their reasons stand above."
        page.line((f"{counted(numbers.destructive, 'action')} {rest}", "bold red"))
    parts = [
        f"{numbers.marks[Mark.CREATE]} to create",
        f"{numbers.marks[Mark.CHANGE]} to change",
        f"{numbers.marks[Mark.TAKE_AWAY]} to take away",
        f"{numbers.refused} refused",
    ]
    held_back = f" ({counted(numbers.held_back, 'action')} held back)" if numbers.held_back else ""
    page.line((f"Plan: {', '.join(parts)}{held_back}. {fingerprint}", "bold"))


def _section_document(section: Section, names: Names) -> Document:
    return {
        "tenant": section.tenant,
        "displayName": names.display(section.tenant),
        "cloud": section.cloud,
        "fingerprint": section.fingerprint,
        "applicable": section.applicable,
        "actions": [
            {
                **changes.as_document(action.change),
                "application": _application_name(action.change.address, names),
                "reason": action.reason,
                "destructive": action.destructive,
            }
            for action in section.actions
        ],
        "refusals": [refusals.as_document(refusal) for refusal in section.refusals],
        "notices": [{"address": str(notice.address), "message": notice.message} for notice in section.notices],
    }


def _application_name(address: Address, names: Names) -> str | None:
    application = names.belonging.application(address)
    return application.name if application else None
