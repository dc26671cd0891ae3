"""The command `tenantry`: its commands, its global options, and the one place where errors become messages."""

import gc
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr, ValidationError
from rich.console import Console
from rich.markup import escape
from typer import rich_utils
from typer.exceptions import Abort, TyperException

from api.cli import (
    adopt,
    apply,
    audit,
    collect,
    database,
    delegation,
    drift,
    graph,
    image,
    metrics,
    migrate,
    operation,
    plan,
    policy,
    probe,
    reconcile,
    request,
    schema,
    service,
    statement,
    status,
    token,
    usage,
    validate,
)
from api.cli.help import PlainCommand, PlainGroup
from api.cli.interruption import EXIT_INTERRUPTED, INTERRUPTED, leaving_on_ctrl_c
from api.cli.session import EXIT_ERROR, Session
from api.language.choice import Wish, of_wish
from api.language.spoken import say, speak
from api.settings import Settings, explained
from provisioner.errors import CloudError, TenantryError

app = typer.Typer(
    name="tenantry",
    cls=PlainGroup,
    help="Tenant manifests in, enforced quotas on OpenStack clouds out.\n\n"
    "Start with [bold]tenantry validate FOLDER[/], then [bold]plan[/], then [bold]apply[/]. "
    "Clouds and credentials are those of clouds.yaml.",
    epilog="Exit codes: 0 nothing to do or done; 2 there are changes (plan, drift); 1 an error.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.command("validate", cls=PlainCommand)(validate.validate_command)
app.command("plan", cls=PlainCommand)(plan.plan_command)
app.command("apply", cls=PlainCommand)(apply.apply_command)
app.command("status", cls=PlainCommand)(status.status_command)
app.command("graph", cls=PlainCommand)(graph.graph_command)
app.command("drift", cls=PlainCommand)(drift.drift_command)
app.command("reconcile", cls=PlainCommand)(reconcile.reconcile_command)
app.command("collect", cls=PlainCommand)(collect.collect_command)
app.command("crosscheck", cls=PlainCommand)(collect.crosscheck_command)
app.command("probe", cls=PlainCommand)(probe.probe_command)
app.command("import", cls=PlainCommand)(adopt.import_command)
app.command("schema", cls=PlainCommand)(schema.schema_command)
app.command("serve", cls=PlainCommand)(service.serve_command)
app.command("work", cls=PlainCommand)(service.work_command)
app.command("up", cls=PlainCommand)(service.up_command)
app.command("usage", cls=PlainCommand)(usage.usage_command)
app.command("capacity", cls=PlainCommand)(usage.capacity_command)
app.add_typer(statement.app, name="statement")
app.add_typer(image.app, name="image")
app.add_typer(token.app, name="token")
app.add_typer(request.app, name="request")
app.add_typer(delegation.app, name="delegation")
app.add_typer(policy.app, name="policy")
app.add_typer(operation.app, name="operation")
app.add_typer(migrate.app, name="migrate")
app.add_typer(audit.app, name="audit")
app.add_typer(metrics.app, name="metrics")
app.add_typer(database.app, name="db")


def _show_version(wanted: bool) -> None:  # noqa: FBT001  # typer calls it with the option's value
    if wanted:
        typer.echo(f"tenantry {version('tenantry')}")
        raise typer.Exit


@app.callback()
def open_session(
    context: typer.Context,
    *,
    state_dir: Annotated[
        Path | None,
        typer.Option(envvar="TENANTRY_STATE_DIR", metavar="FOLDER", help="Folder of the embedded database."),
    ] = None,
    database_url: Annotated[
        str | None,
        typer.Option(
            envvar="TENANTRY_DATABASE_URL", metavar="URL", help="A PostgreSQL server in place of the embedded one."
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Global options come before the command's name."""
    del show_version
    settings = Settings()
    _speak_as(settings.language)
    if state_dir is not None:
        settings = settings.model_copy(update={"state_dir": state_dir})
    if database_url is not None:
        settings = settings.model_copy(update={"database_url": SecretStr(database_url)})
    context.obj = Session(settings=settings, debug=debug)


def _speak_as(wish: Wish) -> None:
    speak(of_wish(wish, os.environ, encoding=sys.stderr.encoding))


def main() -> None:
    """Run the command line; every error ends as one readable paragraph, with a traceback only under `--debug`."""
    # A city is a million objects that live to the end. Looking through them for cycles after every 700 new ones costs a
    # third of the time and frees nothing; cycles are still collected, only less often.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    leaving_on_ctrl_c()
    _speak_as(Wish.AUTO)  # until the settings are read
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    try:
        return app(args=arguments, standalone_mode=False) or 0
    except Exception as error:
        if "--debug" in arguments and not isinstance(error, TyperException | Abort):
            raise
        return _explained(error)
    except KeyboardInterrupt:
        return _explained(Abort())


def _explained(error: Exception) -> int:
    """Say what went wrong in a paragraph; returns the exit code."""
    match error:
        case TyperException():
            rich_utils.rich_format_error(error)  # type: ignore[arg-type]  # every one that it raises is of its own kind
        case Abort():
            _say(INTERRUPTED)
            return EXIT_INTERRUPTED
        case BrokenPipeError():
            # Nobody reads our output any more; the interpreter must not complain about it while it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        case ValidationError():
            _say(explained(error))
        case CloudError(request_id=str() as request_id):
            _say(f"{say(str(error))} (OpenStack request {request_id})")
        case TenantryError():
            _say(str(error))
        case _:
            _say(f"unexpected {type(error).__name__}: {error}. Run again with --debug and report what it prints.")
    return EXIT_ERROR


def _say(message: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"[bold red]{say('Error:')}[/] {escape(say(message))}")
