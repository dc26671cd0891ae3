"""Cinder's service, made to share its process with others of its kind."""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"

import threading

from cinder import service

_reporting = threading.Lock()


class Worker(service.Service):  # type: ignore[misc] # cinder is untyped
    """A scheduler or a backend that reports its own heartbeat.

    Cinder keeps the id of "the" service of a process on the class, so that all would report for the last one created,
    and the schedulers would take the others for dead after a minute.
    """

    def report_state(self) -> None:
        """Write this service's heartbeat."""
        with _reporting:
            service.Service.service_id = self.origin_service_id
            super().report_state()
