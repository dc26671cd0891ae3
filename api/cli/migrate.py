"""`tenantry migrate`: waves planned, started, watched, held up and signed off.

What a wave is stands in its manifest, which comes into force as any other; nothing moves before `start`. Works on the database.
Each group of commands is a module of its own: `migrate_starting`, `migrate_watching`, `migrate_controls`, `migrate_draining`,
`migrate_orphans`, `migrate_report`.
"""

import typer

from api.cli import (
    migrate_controls,
    migrate_draining,
    migrate_orphans,
    migrate_report,
    migrate_starting,
    migrate_watching,
)
from api.cli.help import PlainCommand, PlainGroup

app = typer.Typer(
    cls=PlainGroup,
    help="Applications on the move: waves planned, started, watched, held up, signed off.\n\n"
    "A wave is a manifest (kind Wave) that was applied or came into force by a request. Begin with "
    "[bold]tenantry migrate plan WAVE[/], which changes nothing.",
    no_args_is_help=True,
)
app.command("plan", cls=PlainCommand)(migrate_starting.plan_command)
app.command("start", cls=PlainCommand)(migrate_starting.start_command)
app.command("watch", cls=PlainCommand)(migrate_watching.watch_command)
app.command("list", cls=PlainCommand)(migrate_watching.list_command)
app.command("show", cls=PlainCommand)(migrate_watching.show_command)
app.command("pause", cls=PlainCommand)(migrate_controls.pause_command)
app.command("resume", cls=PlainCommand)(migrate_controls.resume_command)
app.command("abort", cls=PlainCommand)(migrate_controls.abort_command)
app.command("retry", cls=PlainCommand)(migrate_controls.retry_command)
app.command("force", cls=PlainCommand)(migrate_controls.force_command)
app.command("signoff", cls=PlainCommand)(migrate_controls.signoff_command)
app.command("drain", cls=PlainCommand)(migrate_draining.drain_command)
app.command("report", cls=PlainCommand)(migrate_report.report_command)
app.command("orphans", cls=PlainCommand)(migrate_orphans.orphans_command)
