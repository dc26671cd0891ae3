"""libvirt's client for Python, built against the machine's libvirt and kept beside the OpenStack environment.

It is not part of that environment, because it needs a compiler and libvirt's headers, which the fake hypervisor does not.
"""

import shutil
import subprocess
from typing import Final

from devcloud.environment import exclusive
from devcloud.errors import DevcloudError
from devcloud.layout import Home

_REQUIREMENT: Final = (
    "libvirt-python==9.0.0 --hash=sha256:49702d33fa8cbcae19fa727467a69f7ae2241b3091324085ca1cc752b2b414ce\n"
)
"""The oldest that Debian 12's libvirt has headers for works with every newer libvirt too."""


def ensure(home: Home) -> None:
    """Build the client unless it is there.

    Raises:
        DevcloudError: it could not be built; the message ends with the compiler's.
    """
    target = home.guests / "python"
    home.guests.mkdir(parents=True, exist_ok=True)
    with exclusive(home.guests / "client.lock"):
        if (target / "libvirt.py").exists():
            return
        draft = home.guests / "python.draft"
        shutil.rmtree(draft, ignore_errors=True)
        wanted = home.guests / "client.txt"
        wanted.write_text(_REQUIREMENT, encoding="ascii")
        command = [str(home.python), "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
        command += ["--target", str(draft), "-r", str(wanted)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            end = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
            raise DevcloudError(f"libvirt's client for Python could not be built:\n{end}")
        draft.rename(target)
