"""How guests are logged in to, and what keeps this machine from it.

The connection is the system's SSH client. Ansible's one in pure Python is given up by its makers (ansible-core 2.21), so
a machine without the client is told so.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SshAccess:
    """How guests are logged in to."""

    #: The private key; None leaves it to the SSH agent and the operator's own keys.
    key_file: Path | None
    #: Where host keys are kept; its folder is made where it is not there.
    known_hosts: Path
    #: None leaves it to the operator's SSH configuration: 22 unless that says otherwise.
    port: int | None = None


def obstacle(access: SshAccess) -> str:
    """What keeps any guest from being logged in to; empty where nothing does."""
    if shutil.which("ssh") is None:
        return "this machine has no SSH client: install OpenSSH's (package openssh-client or openssh-clients)"
    if access.key_file is not None and not os.access(access.key_file, os.R_OK):
        return f"the key {access.key_file} that TENANTRY_SSH_KEY_FILE names cannot be read"
    return ""
