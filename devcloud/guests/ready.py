"""Makes this machine ready for real guests, or says why it cannot be: what a devcloud does before it starts."""

from collections.abc import Mapping
from pathlib import Path

from devcloud.environment import Progress
from devcloud.errors import DevcloudError
from devcloud.guests import client, debian, disk, image, preflight
from devcloud.guestseed import DEBIAN, LIVE, Guest
from devcloud.layout import Home
from devcloud.records import CloudOptions, Hypervisor


def require_machine(options: CloudOptions) -> None:
    """Do nothing where the guests that are wanted can run, emulated.

    Raises:
        DevcloudError: they cannot; each line of the message says what is wrong and which command would help.
    """
    found = preflight.problems(debian=options.debian)
    if found:
        lines = "\n".join(f"  {problem}" for problem in found)
        raise DevcloudError(f"real guests cannot run here:\n{lines}")


def prepare(home: Home, options: CloudOptions, progress: Progress) -> Mapping[Guest, Path]:
    """Build the guests' images and libvirt's client unless they are there; return the images' disks.

    Raises:
        DevcloudError: something could not be built, or KVM is wanted and does not boot a kernel here.
    """
    hypervisor = options.hypervisor
    progress("preparing the guests' image and libvirt's client (once)")
    built = image.ensure(home.guests)
    if hypervisor is Hypervisor.KVM:
        problem = preflight.kvm_problem(built)
        if problem is not None:
            raise DevcloudError(f"--hypervisor {Hypervisor.KVM} cannot be used here: {problem}")
    client.ensure(home)
    if not options.debian:
        return {LIVE: built.disk}
    progress("preparing the Debian image (once, a minute or two)")
    start = disk.Start(kernel=built.kernel, initrd=built.initrd)
    return {LIVE: built.disk, DEBIAN: debian.ensure(home.guests, start)}
