"""Neutron's mechanism driver of the devcloud: binds every port at once, as an agent on every host would.

Neutron finds it by the entry point that :mod:`devcloud.environment` installs.
"""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"

from typing import Any

from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.plugins.ml2 import api


class PortBinding(api.MechanismDriver):  # type: ignore[misc] # neutron-lib is untyped
    """Binds a port to its first segment, active, without any packet path behind it."""

    def initialize(self) -> None:
        """Do nothing: there is no agent to reach."""

    def bind_port(self, context: Any) -> None:
        """Bind the port to the first segment offered (``neutron_lib.plugins.ml2.api.MechanismDriver``)."""
        for segment in context.segments_to_bind:
            context.set_binding(
                segment[api.ID],
                portbindings.VIF_TYPE_OVS,
                {portbindings.CAP_PORT_FILTER: True},
                status=constants.PORT_STATUS_ACTIVE,
            )
            return
