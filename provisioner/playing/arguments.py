"""What roles take, from their `meta/argument_specs.yml`, and whether variables are what they take. Pure.

Ansible checks the same while the playbook runs, but for unknown variables, which it never minds: a misspelt `servces` would
leave every service running. The format: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_reuse_roles.html
#role-argument-validation
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tenants.language.report import choose
from tenants.wave import Variable

#: Variables that Tenantry gives to every playbook begin so, and nobody else's may.
OURS: Final = "tenantry_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One variable that a role takes."""

    name: str
    description: tuple[str, ...]
    #: Ansible's name of its type: `str`, `int`, `bool`, `list`…
    type: str
    required: bool
    #: As the specification has it; None where there is none.
    default: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What a role says of itself."""

    summary: str
    description: tuple[str, ...]
    arguments: tuple[Argument, ...]


def arguments_of(content: Any) -> Arguments | None:
    """What the file of a role says of its main entry; None where that is nothing."""
    main = _at(_at(content, "argument_specs"), "main")
    if not isinstance(main, Mapping):
        return None
    options = _at(main, "options")
    return Arguments(
        summary=str(main.get("short_description", "")),
        description=_paragraphs(main.get("description")),
        arguments=tuple(_argument(name, each) for name, each in (options or {}).items() if isinstance(each, Mapping)),
    )


def problems(variables: Mapping[str, Variable], known: Iterable[Argument]) -> Iterator[str]:
    """What is wrong with variables for roles that take these and no others."""
    by_name = {each.name: each for each in known}
    for name, value in variables.items():
        if name not in by_name:
            yield f'it takes no variable "{name}"; {choose(name, by_name)}'
        elif not _fits(value, by_name[name].type):
            yield f'the variable "{name}" must be {_MEANT[by_name[name].type]}'
    for each in by_name.values():
        if each.required and each.name not in variables:
            yield f'it needs the variable "{each.name}"'


def reserved(variables: Iterable[str]) -> Iterator[str]:
    """What is wrong with the names of variables, whatever takes them."""
    for name in variables:
        if name.startswith((OURS, "ansible_")):
            yield f"the variable \"{name}\" cannot be given: names that begin so are Tenantry's and Ansible's own"


_MEANT: Final[Mapping[str, str]] = {
    "str": "text",
    "int": "a whole number",
    "bool": "true or false",
    "list": "a list of texts",
}


def _fits(value: Variable, kind: str) -> bool:
    """Whether a value is of a type; of types that waves cannot say, Ansible is the judge."""
    match kind:
        case "str":
            return isinstance(value, str)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "bool":
            return isinstance(value, bool)
        case "list":
            return isinstance(value, tuple | list)
        case _:
            return True


def _argument(name: str, content: Mapping[str, Any]) -> Argument:
    return Argument(
        name=name,
        description=_paragraphs(content.get("description")),
        type=str(content.get("type", "str")),
        required=content.get("required") is True,
        default=content.get("default"),
    )


def _paragraphs(content: Any) -> tuple[str, ...]:
    if content is None:
        return ()
    return tuple(map(str, content)) if isinstance(content, list) else (str(content),)


def _at(content: Any, key: str) -> Any:
    return content.get(key) if isinstance(content, Mapping) else None
