"""What a command is about where arguments may name both: applications by their names, manifests by their files.

`tenantry graph market-supervision manifests/`. An argument is an application where it has the form of a name and no file is
called so; with `--application` it is one in any case.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from api.bootstrap import Tenantry
from api.cli.reading import valid_manifests
from api.cli.session import Session
from api.manifests import STANDARD_INPUT
from api.render.output import Format
from provisioner.baseline import baseline
from provisioner.errors import InputError
from tenants.language.report import choose
from tenants.names import IDENTIFIER, ApplicationName
from tenants.spec import City

Applications = Annotated[
    list[str] | None,
    typer.Option(
        "--application",
        "-a",
        metavar="APPLICATION",
        help="An application, also where a file has its name; may be given more than once.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """A command's arguments, told apart."""

    applications: tuple[ApplicationName, ...]
    manifests: tuple[Path, ...]

    @classmethod
    def of(cls, arguments: Iterable[str] | None, applications: Iterable[str] | None) -> "Subjects":
        """Those of these arguments, and the applications that options name."""
        listed = tuple(arguments or ())
        named = [each for each in listed if _names_application(each)]
        return cls(
            applications=tuple(dict.fromkeys(ApplicationName(each) for each in (*named, *(applications or ())))),
            manifests=tuple(Path(each) for each in listed if not _names_application(each)),
        )

    def must_be_in(self, city: City) -> None:
        """Raises InputError where an application is none of the city's."""
        there = city.applications
        for name in self.applications:
            if name not in there:
                known = choose(name, there) if there else "there are none"
                raise InputError(f"no {self.source} describes an application {name}, and no file is called so; {known}")

    @property
    def source(self) -> str:
        """What was looked in: manifests that are named, or, where none are, those that an apply has carried out."""
        return "manifest" if self.manifests else "manifest that was applied to its end"


def described_city(session: Session, tenantry: Tenantry, manifests: Iterable[Path], output: Format) -> City:
    """The city of these manifests, or where there are none as it was last applied.

    Leaves the command with the problems shown where the manifests have some. Raises InputError where nothing was applied.
    """
    listed = tuple(manifests)
    if listed:
        return valid_manifests(session, listed, output).city
    city = baseline(tenantry.database)
    if city is None:
        raise InputError("nothing was applied yet: name manifests, or begin with `tenantry apply`")
    return city


def _names_application(argument: str) -> bool:
    path = Path(argument)
    return path != STANDARD_INPUT and IDENTIFIER.fullmatch(argument) is not None and not path.exists()
