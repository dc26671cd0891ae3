"""The steps that the building of a guest's image is made of: run a program, put a file in its place."""

import shutil
import subprocess
from pathlib import Path

from devcloud.errors import DevcloudError


def copy(source: Path, target: Path, mode: int) -> None:
    """Put a copy of a file in a place, making the folders on the way."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def run(*command: object, folder: Path | None = None, given: bytes | None = None, text: str | None = None) -> bytes:
    """Run a program and return its output.

    Args:
        command: the program and its arguments.
        folder: where it runs; here when None.
        given: what it reads, as bytes; text is the same as a string.
        text: see ``given``.

    Raises:
        DevcloudError: it is not here, or it failed; the message has what it said.
    """
    words = [str(word) for word in command]
    stdin = text.encode() if text is not None else given
    try:
        done = subprocess.run(words, cwd=folder, input=stdin, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise DevcloudError(f"the guest image cannot be built: {words[0]} is not here") from error
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise DevcloudError(f"the guest image cannot be built: {' '.join(words)} ended with {done.returncode}:\n{said}")
    return done.stdout
