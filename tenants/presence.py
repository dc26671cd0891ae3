"""Whether something is wanted: said of memberships, landing zones' objects and applications' alike."""

from enum import StrEnum


class Presence(StrEnum):
    """Whether an object or a membership is wanted, or is to be taken away; leaving one out asks for neither."""

    PRESENT = "present"
    ABSENT = "absent"
