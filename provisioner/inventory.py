"""List what projects hold, each collection once for all projects that need it. An effect of `provisioner.observe`."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Final

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Collection, CollectionName, Item, Read
from provisioner.clouds.interface import ProjectId
from provisioner.errors import CloudError, CloudUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What one project holds, by collection, and the collections that could not be listed, with the reason."""

    items: Mapping[CollectionName, tuple[Item, ...]] = field(default_factory=dict)
    unlisted: Mapping[CollectionName, str] = field(default_factory=dict)


NOTHING: Final = Holdings()


def list_holdings(
    pool: Executor, cloud: Cloud, reads: Mapping[ProjectId, tuple[Read, ...]]
) -> Mapping[ProjectId, Holdings]:
    """The holdings of each project, all collections side by side."""
    running = {
        read.collection.name: pool.submit(_list, cloud, read, projects) for read, projects in _by_collection(reads)
    }
    answers = {name: future.result() for name, future in running.items()}
    return {project: _holdings(project, answers) for project in reads}


def _by_collection(reads: Mapping[ProjectId, tuple[Read, ...]]) -> list[tuple[Read, tuple[ProjectId, ...]]]:
    """One listing for each collection, over all projects and parents that somebody asked for."""
    collections: dict[CollectionName, Collection] = {}
    projects: dict[CollectionName, list[ProjectId]] = {}
    parents: dict[CollectionName, set[str]] = {}
    for project, wanted in reads.items():
        for read in wanted:
            name = read.collection.name
            collections[name] = read.collection
            projects.setdefault(name, []).append(project)
            parents.setdefault(name, set()).update(read.parents)
    return [
        (Read(collection=collection, parents=frozenset(parents[name])), tuple(dict.fromkeys(projects[name])))
        for name, collection in collections.items()
    ]


def _list(
    cloud: Cloud, read: Read, projects: tuple[ProjectId, ...]
) -> Mapping[ProjectId, tuple[Item, ...] | CloudError]:
    """What each project has of it. Silence about one is a failure to list, never an empty list."""
    silence = CloudUnavailable(f"{read.collection.service} said nothing of the project")
    try:
        found = cloud.resources.list(read, projects)
    except CloudError as error:
        return dict.fromkeys(projects, error)
    return {project: found.get(project, silence) for project in projects}


def _holdings(
    project: ProjectId, answers: Mapping[CollectionName, Mapping[ProjectId, tuple[Item, ...] | CloudError]]
) -> Holdings:
    items: dict[CollectionName, tuple[Item, ...]] = {}
    unlisted: dict[CollectionName, str] = {}
    for name, by_project in answers.items():
        answer = by_project.get(project)
        if isinstance(answer, CloudError):
            unlisted[name] = str(answer)
        elif answer is not None:
            items[name] = answer
    return Holdings(items=items, unlisted=unlisted)
