"""Neutron's mechanism driver of the devcloud: binds every port at once, as an agent on every host would.

Neutron finds it by the entry point that :mod:`devcloud.environment` installs. With the fake hypervisor there is no packet
path behind a bound port; with a real one it is a tap, which Nova's compute makes (:mod:`devcloud.services.fabric`).
"""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"

import hashlib
from typing import Any

from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.plugins import directory
from neutron_lib.plugins.ml2 import api
from oslo_config import cfg

TAP = "devcloud_tap"
"""The detail of a port's binding that names its interface."""

_OPTIONS = [cfg.BoolOpt("real_guests", default=False, help="Whether ports are bound to taps that carry packets.")]


class PortBinding(api.MechanismDriver):  # type: ignore[misc] # neutron-lib is untyped
    """Binds a port to its first segment, active."""

    def initialize(self) -> None:
        """Read the options: there is no agent to reach."""
        cfg.CONF.register_opts(_OPTIONS, group="devcloud")

    def bind_port(self, context: Any) -> None:
        """Bind the port to the first segment offered (``neutron_lib.plugins.ml2.api.MechanismDriver``)."""
        for segment in context.segments_to_bind:
            kind, details = _binding(context)
            context.set_binding(segment[api.ID], kind, details, status=constants.PORT_STATUS_ACTIVE)
            return

    def update_port_postcommit(self, context: Any) -> None:
        """Tell that a server's port works where a live migration has brought it, as the agent there would.

        Neutron has it down from the moment that its binding to the new host is made the active one.
        """
        port = context.current
        is_bound = context.vif_type not in {portbindings.VIF_TYPE_UNBOUND, portbindings.VIF_TYPE_BINDING_FAILED}
        is_servers = str(port.get("device_owner")).startswith(constants.DEVICE_OWNER_COMPUTE_PREFIX)
        if is_bound and is_servers and port["admin_state_up"] and context.status == constants.PORT_STATUS_DOWN:
            plugin = directory.get_plugin()
            plugin.update_port_status(
                context.plugin_context, port["id"], constants.PORT_STATUS_ACTIVE, host=context.host
            )


def _binding(context: Any) -> tuple[str, dict[str, Any]]:
    if not cfg.CONF.devcloud.real_guests:
        return portbindings.VIF_TYPE_OVS, {portbindings.CAP_PORT_FILTER: True}
    name = tap_name(context.current["id"], context.host)
    return portbindings.VIF_TYPE_TAP, {portbindings.CAP_PORT_FILTER: False, TAP: name}


def tap_name(port_id: str, host: str) -> str:
    """Return the interface of a port on a compute: all computes' taps share a namespace, and a port that is being migrated has two."""
    return "tap" + hashlib.sha256(f"{port_id} {host}".encode()).hexdigest()[:11]
