"""What the devcloud raises."""


class DevcloudError(Exception):
    """The devcloud cannot do what was asked; the message says why, with the end of a log where there is one."""
