"""Makes this machine ready for real guests, or says why it cannot be: what a devcloud does before it starts."""

from pathlib import Path

from devcloud.environment import Progress
from devcloud.errors import DevcloudError
from devcloud.guests import client, image, preflight
from devcloud.layout import Home
from devcloud.records import Hypervisor


def require_machine() -> None:
    """Do nothing where emulated guests can run.

    Raises:
        DevcloudError: they cannot; each line of the message says what is wrong and which command would help.
    """
    found = preflight.problems()
    if found:
        lines = "\n".join(f"  {problem}" for problem in found)
        raise DevcloudError(f"real guests cannot run here:\n{lines}")


def prepare(home: Home, hypervisor: Hypervisor, progress: Progress) -> Path:
    """Build the guest image and libvirt's client unless they are there; return the image's disk.

    Raises:
        DevcloudError: something could not be built, or KVM is wanted and does not boot a kernel here.
    """
    progress("preparing the guests' image and libvirt's client (once)")
    built = image.ensure(home.guests)
    if hypervisor is Hypervisor.KVM:
        problem = preflight.kvm_problem(built)
        if problem is not None:
            raise DevcloudError(f"--hypervisor {Hypervisor.KVM} cannot be used here: {problem}")
    client.ensure(home)
    return built.disk
