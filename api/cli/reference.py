"""The reference pages that come from the code: commands, settings, manifests, metrics, playbooks, the HTTP API.

`python -m api.cli.reference` writes them into `docs/reference/`; a test holds the files to what this module makes.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import typer
from rich.text import Text

from api.cli.main import app
from api.http import reference as http_reference
from api.settings import Settings
from monitoring.exposition import reference as metrics_reference
from provisioner.playing import reference as playbooks_reference
from tenants.reference import manual

_FOLDER: Final = Path("docs/reference")


def pages() -> Mapping[str, str]:
    """Every page's text, by file name."""
    own = {"cli.md": cli_page(), "configuration.md": configuration_page(), "manifest.md": manual()}
    own["metrics.md"] = metrics_reference.page()
    own["playbooks.md"] = playbooks_reference.page()
    return {**own, **http_reference.pages()}


def cli_page() -> str:
    """The commands with their help, arguments and options, in the order that `--help` shows them."""
    group: Any = typer.main.get_command(app)
    return "\n".join(["# Command line", "", *_command(group, "tenantry")]).rstrip() + "\n"


def configuration_page() -> str:
    """The settings: environment variable, default, meaning."""
    rows = [
        f"| `TENANTRY_{name.upper()}` | {_default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    introduction = (
        "Settings come from the environment, or from a TOML file that `TENANTRY_CONFIG_FILE` names; there they are in "
        "lower case and without `TENANTRY_`: `http_port = 8780`. The environment counts for more. Clouds and their credentials are in `clouds.yaml`, which openstacksdk finds "
        "by `OS_CLIENT_CONFIG_FILE`, in the current folder, in `~/.config/openstack` or in `/etc/openstack`."
    )
    table = ["| variable | default | meaning |", "| --- | --- | --- |", *rows]
    manifests = "`TENANTRY_MANIFESTS` stands for the manifests that a command is given as arguments."
    return "\n".join(["# Configuration", "", introduction, "", *table, "", manifests]) + "\n"


def _command(command: Any, path: str) -> Iterator[str]:
    yield f"{'#' * (path.count(' ') + 2)} {path}"
    yield ""
    yield _plain(command.help)
    yield ""
    rows = list(_parameters(command))
    if rows:
        yield from ("| option | default | meaning |", "| --- | --- | --- |", *rows, "")
    for name, child in getattr(command, "commands", {}).items():
        yield from _command(child, f"{path} {name}")


def _parameters(command: Any) -> Iterator[str]:
    for each in command.params:
        if each.name == "help":
            continue
        named = ", ".join(f"`{option}`" for option in each.opts) if each.param_type_name == "option" else ""
        names = named or f"`{each.name.upper()}`"
        variable = f" (`{each.envvar}`)" if each.envvar else ""
        yield f"| {names}{variable} | {_default_of(each)} | {_plain(each.help)} |"


def _default_of(parameter: Any) -> str:
    """What is taken where the option is not given, as `--help` says it."""
    shown = getattr(parameter, "show_default", None)
    if isinstance(shown, str):
        return f"`{shown}`"
    default = parameter.default
    return "" if default in {None, False, ""} else f"`{getattr(default, 'value', default)}`"


def _plain(markup: str | None) -> str:
    """Help text without the terminal's markup: what was bold there is code here."""
    marked = (markup or "").replace("[bold]", "`").replace("[/]", "`")
    return Text.from_markup(marked).plain.strip()


def _default(field: Any) -> str:
    if field.default_factory is not None:
        return "`~/.local/state/tenantry`"
    if field.default is None or isinstance(field.default, tuple | dict):
        return "none"
    return f"`{getattr(field.default, 'value', field.default)}`"


def main() -> None:
    """Write the pages."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (_FOLDER / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(pages())} pages in {_FOLDER}\n")


if __name__ == "__main__":
    main()
