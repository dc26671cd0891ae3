"""Policies: how examples come out, and what decides about a request."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from api.render.output import Document
from api.render.page import Column, Group, Page, counted
from provisioner.requests.request import Request
from provisioner.requests.route import Route
from tenants.policy import NO_RULE, Need
from tenants.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An example with the rule that decides it."""

    name: str
    ruling: Ruling


def print_tried(console: Console, tried: Sequence[Tried]) -> None:
    """One row for each example."""
    page = Page(console)
    if not tried:
        page.line("The policy has no examples.")
        return
    titles = ("decided by", "administrative", "technical")
    rows = [
        (each.name, each.ruling.rule, needed(each.ruling.administrative), needed(each.ruling.technical))
        for each in tried
    ]
    page.table([Column(title="example", flexible=True), *(Column(title=each) for each in titles)], [Group(rows=rows)])


def print_facts(console: Console, request: Request, now: Route | None) -> None:
    """What a request was decided by, by which rule, and which rule would decide now."""
    page = Page(console)
    for name, value in sorted(request.way.facts.items()):
        page.line(f"{name}: {_value(value)}")
    page.line()
    page.line(f"decided by {_decided(request.way)}")
    if now is not None:
        page.line(f"would now be decided by {_decided(now)}")
    for failure in now.failures if now else ():
        page.line(failure)


def facts_as_document(request: Request, now: Route | None) -> Mapping[str, Document]:
    """The same for programs."""
    facts: dict[str, Document] = dict(request.way.facts)
    return {
        "request": request.id,
        "facts": facts,
        "decided": route_as_document(request.way),
        "now": None if now is None else route_as_document(now),
    }


def tried_as_document(tried: Iterable[Tried]) -> Mapping[str, Document]:
    """Examples for programs."""
    return {
        "examples": [
            {
                "name": each.name,
                "rule": each.ruling.rule,
                "administrative": _need_as_document(each.ruling.administrative),
                "technical": _need_as_document(each.ruling.technical),
            }
            for each in tried
        ]
    }


def route_as_document(route: Route) -> dict[str, Document]:
    """What a request's reviews take."""
    return {
        "rule": route.rule,
        "policy": route.policy,
        "administrative": _need_as_document(route.administrative),
        "technical": _need_as_document(route.technical),
        "failures": list(route.failures),
    }


def needed(need: Need) -> str:
    """What a review takes, in words: `nobody`, `1`, `2 of chen.jing, liu.yang, he.wei`."""
    if not need.approvals:
        return "nobody"
    return f"{need.approvals} of {', '.join(need.among)}" if need.among else counted(need.approvals, "reviewer")


def _decided(route: Route) -> str:
    rule = "no rule, which is two reviews" if route.rule == NO_RULE else f'the rule "{route.rule}"'
    return f"{rule}: administrative {needed(route.administrative)}, technical {needed(route.technical)}"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {each:g}" for name, each in sorted(value.items()))
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "yes" if value is True else str(value)


def _need_as_document(need: Need) -> dict[str, Document]:
    return {"approvals": need.approvals, "among": list(need.among)}
