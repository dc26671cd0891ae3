"""What every object of a landing zone says of itself: its name, and whether it is wanted."""

from typing import Final

from tenants.language.scalars import LINE, Text, Word
from tenants.language.shape import Field
from tenants.presence import Presence

#: The longest name and description that Neutron and Nova keep.
LONGEST: Final = 255
NAME: Final = Text(pattern=LINE, longest=LONGEST)
DESCRIPTION: Final = Text(pattern="[^\\u0000]*", rule="any text, or none", longest=LONGEST)
REASON: Final = Text(longest=1000)

STATE: Final = Field(
    key="state",
    attribute="presence",
    shape=Word(words=Presence),
    description="Whether it is to be there. To take it away say `absent`: what is only left out stays as it is.",
    default=Presence.PRESENT,
    shown_default="present",
    example="present",
)


def named(description: str, example: str) -> Field:
    """The field of an object's name in its cloud."""
    return Field(key="name", shape=NAME, description=description, required=True, example=example)


def described() -> Field:
    """The field of what the cloud shows as an object's description."""
    return Field(
        key="description",
        shape=DESCRIPTION,
        description="What the cloud shows as its description; left alone unless given.",
    )
