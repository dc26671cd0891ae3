"""Neutron: the API alone, with no agents; :mod:`devcloud.services.portbinding` stands for them."""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"
# ruff: noqa: PLC0415 - the services read their surroundings when imported, so these must be set before

import os

from devcloud.layout import CloudFolder
from devcloud.records import NEUTRON, ServiceSettings
from devcloud.services.server import WsgiApplication


def application(settings: ServiceSettings) -> WsgiApplication:
    """Return Neutron's API."""
    os.environ["OS_NEUTRON_CONFIG_FILES"] = str(CloudFolder(root=settings.folder).config(NEUTRON))
    from neutron import server
    from neutron.server import api

    served: WsgiApplication = server.boot_server(api.api_server, prog="neutron-api")
    return served
