"""When the clouds were looked at, for the commands that may take an earlier look for a new one (`--recorded`)."""

from api.cli.session import Session
from api.render.moments import moment
from api.render.output import Format
from provisioner.survey import Survey


def say_age(session: Session, seen: Survey, output: Format) -> None:
    """Say of each cloud when the look on record was made, and what to do about one that has none.

    Beside the output proper where that is for a program.
    """
    told = session.out if output is Format.TABLE else session.err
    for cloud, observation in sorted(seen.observations.items()):
        told.print(f"Cloud {cloud} as it was seen at {moment(observation.at)}.", style="dim")
    if seen.unreachable:
        clouds = ", ".join(sorted(seen.unreachable))
        session.err.print(
            f"No look at {clouds} is on record: plan, apply and drift make one, without --recorded.", style="yellow"
        )
