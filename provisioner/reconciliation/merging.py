"""A look at some projects, completed by an earlier look at all. Pure.

A look lists all projects of a cloud and who has roles in them, for that is one request each; limits and contents cost
requests for each project, and are read of those that are due. The record is to show all.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeVar

from provisioner.observation import Observation, ProjectView
from provisioner.observe import Wanted

_Kept = TypeVar("_Kept")


def among(wanted: Wanted, keystone_names: Collection[str]) -> Wanted:
    """The same, of these projects alone."""
    return replace(
        wanted, services=_of(wanted.services, keystone_names), furnished=_of(wanted.furnished, keystone_names)
    )


def completed(fresh: Observation, earlier: Observation, read: Collection[str]) -> Observation:
    """The fresh look, with limits and contents from the earlier one for projects that it did not read.

    `read` are the Keystone names of those that it did.
    """
    views = {name: _completed(view, earlier.projects.get(name), name in read) for name, view in fresh.projects.items()}
    offers, own_user = (fresh.offers, fresh.own_user) if fresh.own_user else (earlier.offers, earlier.own_user)
    return replace(fresh, projects=views, offers=offers, own_user=own_user)


def _completed(view: ProjectView, earlier: ProjectView | None, read: bool) -> ProjectView:  # noqa: FBT001
    if read or earlier is None:
        return view
    return replace(
        view,
        readings=earlier.readings,
        unreadable=earlier.unreadable,
        items=earlier.items,
        unlisted=earlier.unlisted,
    )


def _of(listed: Mapping[str, _Kept], names: Collection[str]) -> Mapping[str, _Kept]:
    return {name: each for name, each in listed.items() if name in names}
