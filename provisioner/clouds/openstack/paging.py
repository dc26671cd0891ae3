"""Lists that come in pages: follow each service's `next` link until there is none.

Nova, Cinder and Neutron put links beside the collection (`servers_links`), Keystone into `links`, Glance under `next` (API
references).
Only a link's query is followed: its host is often one that only the cloud's own proxies know.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs, urlsplit

from provisioner.clouds.openstack.calls import Body, Call
from provisioner.clouds.openstack.connection import Connection
from provisioner.errors import CloudMisconfigured

#: Items to ask for in one page; Nova and Cinder give no more than 1000 by default.
PAGE: Final = 1000
_LINKS: Final = "_links"


def list_all(connection: Connection, call: Call, collection: str) -> Iterator[Body]:
    """Every item of the collection, page by page; none where the answer is an error that the call accepts.

    Raises CloudMisconfigured where the cloud cuts its lists short.
    """
    for page in pages(connection, call, collection):
        yield from page


def pages(connection: Connection, call: Call, collection: str) -> Iterator[Sequence[Body]]:
    """The same page by page, each asked for when it is wanted."""
    call = replace(call, expects=collection)
    while True:
        answer = connection.send(call)
        if answer.status in call.accept:
            return
        body = answer.body
        items = body[collection]
        yield items
        following = _next_query(body)
        if following is None or not items:
            _must_be_whole(connection, call, body)
            return
        call = replace(call, params={**(call.params or {}), **following})


def _next_query(body: Body) -> Body | None:
    href = next(_next_links(body), None)
    return None if href is None else parse_qs(urlsplit(href).query)


def _next_links(body: Body) -> Iterator[str]:
    for key, value in body.items():
        if key == "next" and isinstance(value, str):
            yield value
        elif key == "links" and isinstance(value, dict) and value.get("next"):
            yield str(value["next"])
        elif key.endswith(_LINKS) and isinstance(value, list):
            yield from (str(link["href"]) for link in value if link.get("rel") == "next")


def _must_be_whole(connection: Connection, call: Call, body: Body) -> None:
    """Keystone before 2025.1 cuts lists at its `list_limit` and has no further pages."""
    if body.get("truncated") and _next_query(body) is None:
        raise CloudMisconfigured(
            f"{connection.name}: {call}: Keystone cuts this list short ([DEFAULT] list_limit); it must be raised or unset"
        )
