"""`tenantry serve`, `work` and `up`: the service's processes. Any number of the first two share one database."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from api import logs
from api.bootstrap import Tenantry
from api.cli.interruption import working
from api.cli.session import EXIT_ERROR, Session, leave, session_of
from provisioner.errors import InputError, TenantryError

if TYPE_CHECKING:
    from provisioner.execution import Execution  # takes a while to import, for the engine comes with it
    from provisioner.routine import Rota

_log = logging.getLogger("tenantry")

Host = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="The address to listen on.", show_default="127.0.0.1")
]
Port = Annotated[
    int | None, typer.Option(metavar="NUMBER", min=1, max=65535, help="The port to listen on.", show_default="8780")
]


def serve_command(context: typer.Context, *, host: Host = None, port: Port = None) -> None:
    """Answer requests over HTTP. Carries out no operations: [bold]tenantry work[/] does.

    Ends at SIGTERM or Ctrl-C, once the requests under way are answered. Needs somebody to let in: [bold]tenantry token create[/].
    """
    session = _begin(context)
    with Tenantry(session.settings) as tenantry:
        _serve(session, tenantry, host, port)


def work_command(context: typer.Context) -> None:
    """Carry out operations and approved requests, look at the clouds, and take over the work of workers that died.

    Any number of them share the work. Ends at SIGTERM or Ctrl-C, once the steps under way are done; what they belong to goes on elsewhere or at the next start.
    """
    session = _begin(context)
    stop = threading.Event()

    def stopping() -> bool:
        first = not stop.is_set()
        stop.set()
        return first

    with Tenantry(session.settings) as tenantry, working(stopping):
        execution = tenantry.execution()
        rotas = tenantry.rotas(execution, stop)
        _log.info("working")
        _work(execution, rotas, stop)
        _log.info("ending: the operations under way here finish")


def up_command(context: typer.Context, *, host: Host = None, port: Port = None) -> None:
    """Serve and work in one process: all that one machine needs. Without a database URL, with the embedded database.

    Ends at SIGTERM or Ctrl-C.
    """
    session = _begin(context)
    with Tenantry(session.settings) as tenantry, _working_beside(tenantry):
        _serve(session, tenantry, host, port)


def _begin(context: typer.Context) -> Session:
    session = session_of(context)
    logs.configure(session.settings.log_format, session.settings.log_level)
    return session


def _serve(session: Session, tenantry: Tenantry, host: str | None, port: int | None) -> None:
    from api.http.server import Listening, serve  # noqa: PLC0415  # FastAPI takes a while to import

    settings = session.settings
    listening = Listening(
        host=host or settings.http_host, port=port or settings.http_port, patience=settings.shutdown_seconds
    )
    service = tenantry.service()
    _log.info("serving", extra={"host": listening.host, "port": listening.port})
    if not serve(service, listening):
        leave(EXIT_ERROR)


def _work(execution: "Execution", rotas: "Sequence[Rota]", stop: threading.Event) -> None:
    """Carry out operations and do all that comes again, until told to stop; then what comes again ends first."""
    threads = [
        threading.Thread(target=rota.work, args=(stop,), name=f"rota-{number}") for number, rota in enumerate(rotas)
    ]
    begun: list[threading.Thread] = []

    def begin() -> None:
        for each in threads:
            each.start()
            begun.append(each)

    try:
        execution.work(stop, begin)
    finally:
        stop.set()
        for each in begun:
            each.join()


@contextmanager
def _working_beside(tenantry: Tenantry) -> Iterator[None]:
    """Work in threads while the block runs."""
    stop, failed = threading.Event(), list[TenantryError]()
    execution = tenantry.execution()
    rotas = tenantry.rotas(execution, stop)

    def work() -> None:
        try:
            _work(execution, rotas, stop)
        except TenantryError as error:
            failed.append(error)
            _log.error("the worker ended: %s", error)

    thread = threading.Thread(target=work, name="worker")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if failed:
        raise InputError(f"the worker ended: {failed[0]}")
