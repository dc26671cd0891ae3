"""Glance: serves."""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"
# ruff: noqa: PLC0415 - the services read their surroundings when imported, so these must be set before

import os

from devcloud.layout import CloudFolder
from devcloud.records import ServiceSettings
from devcloud.services.server import WsgiApplication


def application(settings: ServiceSettings) -> WsgiApplication:
    """Return Glance's API."""
    os.environ["OS_GLANCE_CONFIG_DIR"] = str(CloudFolder(root=settings.folder).etc)
    from glance.common import wsgi_app

    _see_zeros_quickly()
    api: WsgiApplication = wsgi_app.init_app()
    return api


def _see_zeros_quickly() -> None:
    """Give the file store another ``any`` by which to find pieces that hold only zeros: Python's looks at each byte.

    Images of disks are mostly zeros, for which the store leaves holes; with this it takes them twice as fast.
    """
    from glance_store._drivers import filesystem

    zeros = bytes(filesystem.Store.WRITE_CHUNKSIZE)
    filesystem.any = lambda piece: piece != zeros[: len(piece)]
