"""Conditions in the Common Expression Language: checked when a policy is read, evaluated when a request is.

The only module that knows the library. CEL has no loops but those over given lists and mappings; the library bounds their
steps and how deep expressions go, and regular expressions take time in proportion to their text. Language definition:
https://github.com/google/cel-spec.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from cel_expr_python import cel

from tenants.facts import Fact, Facts, FactType
from tenants.language.report import choose, shown

#: Characters of one expression; more is a program.
LONGEST: Final = 2000

_TYPES: Final[Mapping[FactType, Any]] = {
    FactType.TEXT: cel.Type.STRING,
    FactType.WHOLE: cel.Type.INT,
    FactType.NUMBER: cel.Type.DOUBLE,
    FactType.TRUTH: cel.Type.BOOL,
    FactType.TEXTS: cel.Type.List(cel.Type.STRING),
    FactType.WHOLES: cel.Type.Map(cel.Type.STRING, cel.Type.INT),
    FactType.NUMBERS: cel.Type.Map(cel.Type.STRING, cel.Type.DOUBLE),
}
_WORDS: Final = {
    "int": "a whole number",
    "uint": "an unsigned number",
    "double": "a decimal number",
    "string": "text",
    "bool": "true or false",
    "null_type": "nothing",
    "list": "a list",
    "map": "a mapping",
}
_NUMBERS: Final = {"int", "double"}

_ERROR: Final = re.compile(r"^(?:.*?)ERROR: <input>:(\d+):(\d+): (.*)$", re.MULTILINE)
_UNDECLARED: Final = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD: Final = re.compile(r"found no matching overload for '([^']*)' applied to '([^']*)'")
_TOKEN: Final = re.compile(
    r"(?:mismatched|extraneous) input '(.*?)'(?: expecting .*)?$|no viable alternative at input '(.*)'$"
)
_RECOGNITION: Final = re.compile(r"token recognition error at: '(.*)'$")
_STATUS: Final = re.compile(r"^[A-Z_]+: |\s*\[?[A-Z_]+\]?$")
_MISSING_KEY: Final = re.compile(r'Key not found in map : "?([^"]*)"?')


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with an expression, and where in it; lines and columns count from 1."""

    line: int
    column: int
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an expression has no answer for some facts."""

    message: str
    #: The key that a mapping does not have, where it is that.
    missing: str = ""


@cache
def faults(text: str, facts: tuple[Fact, ...]) -> tuple[Fault, ...]:
    """What is wrong with a condition over such facts; nothing where it is right."""
    if len(text) > LONGEST:
        return (Fault(line=1, column=1, message=f"has {len(text)} characters", remedy=f"at most {LONGEST}"),)
    try:
        kind = _compiled(text, facts).return_type().name()
    except RuntimeError as error:
        return _explained(str(error), text, facts)
    if kind in {"BOOL", "DYN"}:
        return ()
    what = _WORDS.get(kind.lower(), kind.lower())
    return (
        Fault(
            line=1, column=1, message=f"is {what}, and a condition is true or false", remedy="compare it with something"
        ),
    )


def evaluate(text: str, facts: tuple[Fact, ...], values: Facts) -> bool | Failure:
    """Whether a condition holds. `values` has every fact; see `tenants.facts.completed`."""
    try:
        answer = _compiled(text, facts).eval(data=dict(values))
        value = answer.value()
    except RuntimeError as error:
        return _failure(str(error))
    return value if isinstance(value, bool) else _failure(str(value))


@cache
def _environment(facts: tuple[Fact, ...]) -> cel.Env:
    return cel.NewEnv(variables={each.name: _TYPES[each.type] for each in facts})


@cache
def _compiled(text: str, facts: tuple[Fact, ...]) -> cel.Expression:
    """Raises RuntimeError, as the library does, where the text is no expression over these facts."""
    return _environment(facts).compile(text.rstrip())


def _explained(complaint: str, text: str, facts: tuple[Fact, ...]) -> tuple[Fault, ...]:
    found = tuple(
        Fault(line=int(line), column=int(column), message=message, remedy=remedy)
        for line, column, said in _ERROR.findall(complaint)
        for message, remedy in [_clear(said, text, facts)]
    )
    if found:
        return found
    nested = "recursion limit" in complaint
    message = "is nested too deeply" if nested else _reason(complaint)
    return (Fault(line=1, column=1, message=message, remedy="divide it into several rules" if nested else ""),)


def _clear(said: str, text: str, facts: tuple[Fact, ...]) -> tuple[str, str]:
    """The library's complaint in plain words, and what would be right."""
    said = re.sub(r"\s*\[[A-Z_]+\]$", "", said)
    if undeclared := _UNDECLARED.search(said):
        name = undeclared[1]
        if re.search(rf"\b{re.escape(name)}\s*\(", text):
            return f"{shown(name)} is no function of CEL", "the language's functions are those of its definition"
        return f"{shown(name)} is not a fact", choose(name.partition(".")[0], [each.name for each in facts])
    if overload := _OVERLOAD.search(said):
        return _mismatch(overload[1], overload[2])
    return _syntax(said.removeprefix("Syntax error: "))


def _syntax(said: str) -> tuple[str, str]:
    """What the parser stumbled over."""
    if "<EOF>" in said and "extraneous" not in said:
        return "the expression ends too early", "complete it; brackets and quotes may not be closed"
    if token := _TOKEN.search(said):
        return f"{shown(token[1] or token[2] or '')} cannot stand here", ""
    if recognition := _RECOGNITION.search(said):
        return f"{shown(recognition[1])} is not understood here", "text stands in quotes, and those have to be closed"
    return said, ""


def _mismatch(function: str, arguments: str) -> tuple[str, str]:
    """What an operator or function was given that it does not take."""
    name = function.strip("_@!").replace("_", " ").strip() or function
    if function == "!_":
        name = "!"
    kinds = [each.strip() for each in re.sub(r"\([^()]*\)", "", arguments.strip("()")).split(",")]
    told = " and ".join(_WORDS.get(each, each) for each in kinds)
    if set(kinds) == _NUMBERS:
        return (
            f"{shown(name)} does not take {told}",
            "write 1.0 for a decimal number, 1 for a whole one, or use double(…)",
        )
    return f"{shown(name)} does not take {told}", ""


def _failure(complaint: str) -> Failure:
    missing = _MISSING_KEY.search(complaint)
    if missing:
        return Failure(message=f"there is no {shown(missing[1])} among what is asked about", missing=missing[1])
    return Failure(message=_reason(complaint))


def _reason(complaint: str) -> str:
    """Why there is no answer, without the library's status words."""
    if "Iteration budget" in complaint:
        return "it takes too many steps"
    return _STATUS.sub("", _STATUS.sub("", complaint)).strip() or complaint
