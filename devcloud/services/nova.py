"""Nova: API, conductor, scheduler and all computes in one process, joined by the in-process transport."""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"
# ruff: noqa: PLC0415 - the services read their surroundings when imported, so these must be set before

import os
import sys
import time
from pathlib import Path
from typing import Any

from devcloud.layout import CloudFolder
from devcloud.records import NOVA, CloudOptions, Hypervisor, ServiceSettings
from devcloud.services.server import WsgiApplication

_PLACEMENT_PATIENCE_S = 300.0


def application(settings: ServiceSettings) -> WsgiApplication:
    """Return Nova's API."""
    os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
    from nova import monkey_patch

    monkey_patch.patch(backend="threading")
    config = CloudFolder(root=settings.folder).config(NOVA)
    paste = Path(sys.prefix, "etc", "nova", "api-paste.ini")
    os.environ["OS_NOVA_CONFIG_FILES"] = f"{paste};{config}"
    sys.argv = ["nova-api"]
    from devcloud.services import transport

    transport.install()
    from nova.api.openstack import wsgi_app

    api: WsgiApplication = wsgi_app.init_application("osapi_compute", "nova-api")
    return api


def start_workers(settings: ServiceSettings) -> None:
    """Start the conductor, the scheduler and the computes, and map new computes into the cell."""
    import os_brick
    import os_vif
    from nova import context, objects, rpc, service
    from nova.compute import rpcapi
    from nova.conf import CONF
    from nova.objects import host_mapping

    from devcloud.services import workinghost

    options = settings.options
    _install_hypervisor(options, CloudFolder(root=settings.folder))
    workinghost.install()
    os_brick.setup(CONF)
    os_vif.initialize()
    assert rpc.TRANSPORT is not None  # noqa: S101 - the application made it
    _await_placement()
    for binary in ("nova-conductor", "nova-scheduler"):
        service.Service.create(binary=binary).start()
    manager = f"{workinghost.HostComputeManager.__module__}.{workinghost.HostComputeManager.__name__}"
    for number in range(1, options.computes + 1):
        host = f"compute-{number}"
        with workinghost.working_on(host):
            compute: Any = service.Service.create(
                host=host,
                binary="nova-compute",
                topic=rpcapi.RPC_TOPIC,
                topic_alt=rpcapi.RPC_TOPIC_ALT,
                manager=manager,
            )
            compute.start()
    host_mapping.discover_hosts(context.get_admin_context())
    objects.Service.clear_min_version_cache()


def _install_hypervisor(options: CloudOptions, folder: CloudFolder) -> None:
    if options.hypervisor is Hypervisor.FAKE:
        from devcloud.services import hypervisor

        hypervisor.install(options, folder)
    else:
        from devcloud.services import libvirtdriver

        libvirtdriver.install()


def _await_placement() -> None:
    """Wait until Placement answers Nova's own account: a compute that starts before sulks for a minute."""
    from keystoneauth1 import loading
    from nova.conf import CONF

    auth = loading.load_auth_from_conf_options(CONF, "placement")
    session = loading.load_session_from_conf_options(CONF, "placement", auth=auth)
    deadline = time.monotonic() + _PLACEMENT_PATIENCE_S
    while True:
        try:
            session.get("/resource_providers", endpoint_filter={"service_type": "placement", "interface": "internal"})
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.25)
        else:
            return
