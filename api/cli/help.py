"""How `--help` names values: by what they are to people, and flags by nothing, in place of Python's types."""

from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption


class PlainCommand(TyperCommand):
    """A command with such help."""

    def get_params(self, ctx: Any) -> Any:
        """Its parameters, `--help` among them."""
        return _plain(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """A group of commands with such help."""

    def get_params(self, ctx: Any) -> Any:
        """Its parameters, `--help` among them."""
        return _plain(super().get_params(ctx))


def _plain(parameters: Any) -> Any:
    for each in parameters:
        # An argument's name says it all, and a flag takes no value. Options have metavars of their own, choices their words.
        if isinstance(each, TyperArgument) or (isinstance(each, TyperOption) and each.is_flag):
            vars(each)["display_type_rich"] = _nothing
    return parameters


def _nothing(ctx: Any) -> str:
    del ctx
    return ""
