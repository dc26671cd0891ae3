"""Keystone: makes its keys and its first accounts when the databases are new, then serves."""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"
# ruff: noqa: PLC0415 - the services read their surroundings when imported, so these must be set before

import os
from unittest import mock

from devcloud.layout import CloudFolder
from devcloud.records import KEYSTONE, REGION, Endpoint, ServiceSettings
from devcloud.services.server import WsgiApplication


def application(settings: ServiceSettings) -> WsgiApplication:
    """Return Keystone's API."""
    folder = CloudFolder(root=settings.folder)
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = str(folder.config(KEYSTONE))
    new = not (folder.keys / "fernet").exists()
    if new:
        for repository in ("fernet", "credential"):
            (folder.keys / repository).mkdir(mode=0o700)
        # Keystone refuses to serve without keys, so they come before its application; Fernet keys need its options.
        _make_keys(folder)
    from keystone.server import wsgi

    api: WsgiApplication = wsgi.initialize_public_application()
    if new:
        _bootstrap(settings.admin_password, settings.endpoints[KEYSTONE])
    return api


def _make_keys(folder: CloudFolder) -> None:
    import base64

    for repository in ("fernet", "credential"):
        for index in (0, 1):
            key = folder.keys / repository / str(index)
            key.touch(mode=0o600)
            key.write_bytes(base64.urlsafe_b64encode(os.urandom(32)))


def _bootstrap(admin_password: str, endpoint: Endpoint) -> None:
    """Create the default domain, the roles, the account ``admin`` and Keystone's own endpoints."""
    from keystone.cmd.bootstrap import Bootstrapper

    with mock.patch("keystone.cmd.bootstrap.backends.load_backends"):  # the application has loaded them, for good
        bootstrapper = Bootstrapper()
    bootstrapper.admin_password = admin_password
    bootstrapper.admin_username = "admin"
    bootstrapper.project_name = "admin"
    bootstrapper.admin_role_name = "admin"
    bootstrapper.service_name = "keystone"
    bootstrapper.service_id = None
    bootstrapper.region_id = REGION
    bootstrapper.public_url = f"http://127.0.0.1:{endpoint.public}/v3"
    bootstrapper.internal_url = f"http://127.0.0.1:{endpoint.internal}/v3"
    bootstrapper.bootstrap()
