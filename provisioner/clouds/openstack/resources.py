"""Any collection of any OpenStack service: the calls that a `Collection` describes; implements `Resources`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from provisioner.clouds.collections import Act, Answered, Collection, Item, ItemId, Listing, Read, Scope
from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.clouds.openstack.calls import Answer, Body, Call
from provisioner.clouds.openstack.connection import Connection
from provisioner.clouds.openstack.paging import PAGE, list_all, pages
from provisioner.errors import CloudError, CloudUnavailable

_NOT_FOUND: Final = 404
#: A page may be shorter than was asked for where Nova's operators set a smaller maximum (`[api] max_limit`), yet none sets
#: one as small as this. Beyond, the next page is asked for, to be sure.
_CERTAINLY_LAST: Final = 100
#: What is no letter to a regular expression, whichever database matches it.
_SPECIAL: Final = re.compile(r"[\\^$.|?*+()\[\]{}]")
#: Glance's media type of a JSON patch (image API reference v2, "Update image").
_PATCH: Final = "application/openstack-images-v2.1-json-patch"
#: Up to so many projects are asked for one by one; beyond, one listing of everything is fewer requests.
_ONE_BY_ONE: Final = 8
#: Neutron takes several projects in one query; so many ids still make an address that every proxy takes.
_IN_ONE_QUERY: Final = 40


class OpenStackResources:
    """Collections through keystoneauth's adapters."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, read: Read, projects: Iterable[ProjectId]) -> Mapping[ProjectId, tuple[Item, ...] | CloudError]:
        """One request a page; for a few projects one each where the service can narrow, else one for all."""
        wanted = tuple(dict.fromkeys(projects))
        collection = read.collection
        if read.parents or "{parent}" in collection.path:
            return self._below_parents(read, wanted)
        if collection.project_filter is None or collection.owner is None:
            return self._shared_out(collection, [{}], wanted)
        if collection.neutron:
            chunks = [wanted[start : start + _IN_ONE_QUERY] for start in range(0, len(wanted), _IN_ONE_QUERY)]
            whole = len(chunks) > _ONE_BY_ONE
            queries: list[Body] = [{}] if whole else [{collection.project_filter: list(chunk)} for chunk in chunks]
            return self._shared_out(collection, queries, wanted)
        if len(wanted) > _ONE_BY_ONE:
            return self._shared_out(collection, [{}], wanted)
        answers = self._connection.each_of(
            wanted, lambda project: tuple(self._listed(collection, {str(collection.project_filter): project}))
        )
        return {
            project: each if isinstance(each, CloudError) else tuple(_trimmed(collection, item) for item in each)
            for project, each in answers.items()
        }

    def everything(self, collection: Collection, query: Mapping[str, Any] | None = None) -> Listing:
        """One request a page."""
        params = {**collection.everywhere, "limit": PAGE, **(query or {})}
        if collection.neutron and collection.fields:
            params["fields"] = _fields(collection)
        call = Call(
            service=collection.service,
            method="GET",
            path=collection.listing or collection.path,
            params={name: value for name, value in params.items() if value is not None},
            microversion=collection.microversion,
        )
        items: list[Item] = []
        count, failure = 0, None
        try:
            for page in pages(self._connection, call, collection.items):
                items.extend(_trimmed(collection, each) for each in page)
                count += 1
        except CloudError as error:
            failure = error
        ahead = self._connection.clock_ahead(collection.service) if count else None
        return Listing(items=tuple(items), pages=count, failure=failure, clock_ahead=ahead)

    def named(self, collection: Collection, project: ProjectId, name: str, *, key: str = "name") -> tuple[Item, ...]:
        """One request. Nova lists more than bears the name, so what is listed is compared again."""
        wanted = _pattern(name) if collection.patterns else name
        query = {key: wanted} if collection.neutron or key == "name" else {}
        if collection.project_filter is not None:
            query[collection.project_filter] = project
        listed = self._listed(collection, query, whole=True)
        return tuple(each for each in listed if each.get(key) == name and _owner(collection, each) in {project, None})

    def fetch(self, collection: Collection, project: ProjectId, item: ItemId, *, parent: str = "") -> Item | None:
        """One request."""
        path, params = _place(collection, parent, item)
        answer = self._send(collection, project, "GET", path, params=params, accept=frozenset({_NOT_FOUND}))
        return None if answer.status == _NOT_FOUND else _unwrapped(collection, answer)

    def create(
        self, collection: Collection, project: ProjectId, body: Mapping[str, Any], *, parent: str = ""
    ) -> Answered:
        """One request. A lost answer is not asked for again."""
        path = collection.path.replace("{parent}", parent)
        return _answered(collection, self._send(collection, project, "POST", path, _wrapped(collection, body)))

    def create_all(
        self, collection: Collection, project: ProjectId, bodies: Sequence[Mapping[str, Any]]
    ) -> Sequence[Answered]:
        """One request. A lost answer is not asked for again."""
        answer = self._send(collection, project, "POST", collection.path, {collection.items: list(bodies)})
        made = answer.body.get(collection.items, ())
        if len(made) != len(bodies):
            raise CloudUnavailable(f"{collection.service} made {len(made)} of {len(bodies)} {collection.name} at once")
        return tuple(Answered(item=each, receipt=answer.receipt) for each in made)

    def update(self, collection: Collection, project: ProjectId, item: ItemId, changed: Mapping[str, Any]) -> Answered:
        """One request."""
        if collection.patched:
            return self._patch(collection, project, item, changed)
        body = _wrapped(collection, changed)
        return _answered(collection, self._send(collection, project, "PUT", f"{collection.path}/{item}", body))

    def delete(self, collection: Collection, project: ProjectId, item: ItemId, *, parent: str = "") -> Receipt:
        """One request."""
        path, params = _place(collection, parent, item)
        return self._send(collection, project, "DELETE", path, params=params, accept=frozenset({_NOT_FOUND})).receipt

    def act(self, collection: Collection, project: ProjectId, item: ItemId, act: Act) -> Answered:
        """One request."""
        answer = self._send(collection, project, act.method, f"{collection.path}/{item}{act.below}", act.body)
        return Answered(item=answer.body, receipt=answer.receipt)

    def _patch(self, collection: Collection, project: ProjectId, item: ItemId, changed: Mapping[str, Any]) -> Answered:
        call = Call(
            service=collection.service,
            method="PATCH",
            path=f"{collection.path}/{item}",
            body=[_operation(key, value) for key, value in changed.items()],
            content_type=_PATCH,
            microversion=collection.microversion,
            project=project if collection.scope is Scope.PROJECT else None,
        )
        return _answered(collection, self._connection.send(call))

    def _send(  # noqa: PLR0913, PLR0917 - the parts of a request
        self,
        collection: Collection,
        project: ProjectId,
        method: str,
        path: str,
        body: Body | None = None,
        params: Body | None = None,
        accept: frozenset[int] = frozenset(),
    ) -> Answer:
        call = Call(
            service=collection.service,
            method=method,
            path=path,
            params=params,
            body=body,
            microversion=collection.microversion,
            project=project if collection.scope is Scope.PROJECT else None,
            accept=accept,
        )
        return self._connection.send(call)

    def _below_parents(
        self, read: Read, wanted: Sequence[ProjectId]
    ) -> Mapping[ProjectId, tuple[Item, ...] | CloudError]:
        """One request for each parent; a parent that is gone has nothing."""
        collection = read.collection
        found = self._connection.each_of(sorted(read.parents), lambda parent: self._of_parent(collection, parent))
        items: list[Item] = []
        for answer in found.values():
            if isinstance(answer, CloudError):
                return dict.fromkeys(wanted, answer)
            items.extend(answer)
        return _by_project(collection, items, wanted)

    def _of_parent(self, collection: Collection, parent: str) -> tuple[Item, ...]:
        call = Call(
            service=collection.service,
            method="GET",
            path=collection.path.replace("{parent}", parent),
            params={collection.parent_filter: parent} if collection.parent_filter else {},
            microversion=collection.microversion,
            accept=frozenset({_NOT_FOUND}),
        )
        return tuple(
            {**_trimmed(collection, _bare(collection, each)), "parent": parent}
            for each in list_all(self._connection, call, collection.items)
        )

    def _shared_out(
        self, collection: Collection, queries: Sequence[Body], wanted: Sequence[ProjectId]
    ) -> Mapping[ProjectId, tuple[Item, ...] | CloudError]:
        try:
            items = [
                _trimmed(collection, item)
                for query in (queries if wanted else ())
                for item in self._listed(collection, query)
            ]
        except CloudError as error:
            return dict.fromkeys(wanted, error)
        return _by_project(collection, items, wanted)

    def _listed(self, collection: Collection, query: Body, *, whole: bool = False) -> Iterator[Item]:
        params: dict[str, Any] = {**collection.everywhere, **query}
        if collection.neutron and not whole and collection.fields:
            params["fields"] = _fields(collection)
        call = Call(
            service=collection.service,
            method="GET",
            path=collection.listing or collection.path,
            params={**params, "limit": PAGE},
            microversion=collection.microversion,
        )
        pages = self._by_offset(call, collection) if collection.by_offset else None
        for each in pages or list_all(self._connection, call, collection.items):
            yield _bare(collection, each)

    def _by_offset(self, call: Call, collection: Collection) -> Iterator[Item]:
        offset = 0
        while True:
            params = {**(call.params or {}), "offset": offset}
            page = self._connection.send(
                Call(
                    service=call.service,
                    method="GET",
                    path=call.path,
                    params=params,
                    microversion=call.microversion,
                    expects=collection.items,
                )
            ).body[collection.items]
            yield from page
            offset += len(page)
            if len(page) < _CERTAINLY_LAST:
                return


def _pattern(name: str) -> str:
    """A regular expression that matches a name and little else.

    For a special character, any one may stand: databases differ in how they take backslashes, and Nova adds some of its
    own for MySQL (compute API reference, "List Servers").
    """
    return f"^{_SPECIAL.sub('.', name)}$"


def _place(collection: Collection, parent: str, item: ItemId) -> tuple[str, Body]:
    """An item's path, and the query that names its parent where the path does not. Names may stand for ids."""
    query = {collection.parent_filter: parent} if collection.parent_filter and parent else {}
    return f"{collection.path.replace('{parent}', parent)}/{quote(item, safe='')}", query


def _bare(collection: Collection, listed: Item) -> Item:
    """An item without the wrapping that some lists put around each (Nova's key pairs)."""
    inner = listed.get(collection.item) if len(listed) == 1 else None
    return inner if isinstance(inner, dict) else listed


def _fields(collection: Collection) -> Sequence[str]:
    return [*dict.fromkeys(["id", *filter(None, [collection.owner]), *collection.fields])]


def _trimmed(collection: Collection, item: Item) -> Item:
    return {key: item[key] for key in _fields(collection) if key in item}


def _owner(collection: Collection, item: Item) -> str | None:
    return None if collection.owner is None else item.get(collection.owner)


def _by_project(
    collection: Collection, items: Sequence[Item], wanted: Sequence[ProjectId]
) -> Mapping[ProjectId, tuple[Item, ...] | CloudError]:
    if collection.owner is None:
        return dict.fromkeys(wanted, tuple(items))
    found: dict[ProjectId, list[Item]] = {project: [] for project in wanted}
    for item in items:
        found.get(ProjectId(str(item.get(collection.owner))), []).append(item)
    return {project: tuple(each) for project, each in found.items()}


def _wrapped(collection: Collection, body: Body) -> Body:
    if not collection.item:
        return body
    beside = {key: body[key] for key in collection.beside if key in body}
    return {collection.item: {key: value for key, value in body.items() if key not in beside}, **beside}


def _operation(key: str, value: Any) -> Body:
    """One operation of a JSON patch; `add` replaces what is there (RFC 6902, section 4.1). `/` and `~` are escaped (RFC 6901)."""
    path = f"/{key.replace('~', '~0').replace('/', '~1')}"
    return {"op": "remove", "path": path} if value is None else {"op": "add", "path": path, "value": value}


def _unwrapped(collection: Collection, answer: Answer) -> Item:
    item = answer.body.get(collection.item) if collection.item else None
    return item if isinstance(item, dict) else answer.body


def _answered(collection: Collection, answer: Answer) -> Answered:
    return Answered(item=_unwrapped(collection, answer), receipt=answer.receipt)
