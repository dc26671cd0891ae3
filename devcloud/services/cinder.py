"""Cinder: API, scheduler and the two storage backends in one process, joined by the in-process transport."""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"
# ruff: noqa: PLC0415 - the services read their surroundings when imported, so these must be set before

import os
import sys
from collections.abc import Callable
from typing import Any

from devcloud.layout import CloudFolder
from devcloud.records import CINDER, ServiceSettings
from devcloud.services.server import WsgiApplication


def application(settings: ServiceSettings) -> WsgiApplication:
    """Return Cinder's API."""
    os.environ["OS_CINDER_DISABLE_EVENTLET_PATCHING"] = "true"
    from cinder import monkey_patch

    monkey_patch.patch()
    sys.argv = ["cinder-api", "--config-file", str(CloudFolder(root=settings.folder).config(CINDER))]
    from devcloud.services import transport

    transport.install()
    import cinder
    from cinder.wsgi import wsgi

    # Cinder would start a privileged helper with sudo; the sparse-file driver needs no privilege.
    cinder.privsep.sys_admin_pctxt.set_client_mode(False)
    _read_files_directly()
    api: WsgiApplication = wsgi.initialize_application()
    return api


class _Directly:
    """What eventlet's pool of threads offers, without one."""

    @staticmethod
    def Proxy(wrapped: Any) -> Any:  # noqa: N802 - eventlet's name
        """Return what would be called in the pool."""
        return wrapped

    @staticmethod
    def execute(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call what would be called in the pool."""
        return function(*args, **kwargs)


def _read_files_directly() -> None:
    """Keep Cinder from reading images' files in eventlet's pool of threads.

    It does so with native threads too, where the pool answers the one thread alone that used it first: every later upload of
    a volume would wait for ever for its first byte.
    """
    from cinder.image import image_utils

    image_utils.tpool = _Directly


def start_workers(_settings: ServiceSettings) -> None:
    """Start the scheduler and the backends."""
    from oslo_config import cfg

    from devcloud.services.cinderworker import Worker

    workers: list[Any] = [Worker.create(binary="cinder-scheduler")]
    workers.extend(
        Worker.create(
            host=f"{cfg.CONF.host}@{backend}", service_name=backend, binary="cinder-volume", coordination=True
        )
        for backend in cfg.CONF.enabled_backends
    )
    for worker in workers:
        worker.start()
