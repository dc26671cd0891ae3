"""The guest's kernel: Debian's cloud kernel for this architecture, fetched as a package and unpacked, never installed.

It is kept in the devcloud's home, so that a machine fetches it once (27 MB).
"""

import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devcloud.environment import exclusive
from devcloud.errors import DevcloudError

META_PACKAGE: Final = "linux-image-cloud-amd64"
"""Debian's package that depends on the newest cloud kernel."""

_DEPENDS: Final = re.compile(rb"\0depends=([^\0]*)\0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """A kernel image and its loadable modules."""

    image: Path
    modules: Path

    @classmethod
    def of_tree(cls, tree: Path) -> "Kernel | None":
        """Return the kernel of an unpacked package, or None when there is none."""
        images = sorted(tree.glob("boot/vmlinuz-*"))
        return cls(image=images[-1], modules=tree / "lib" / "modules") if images else None

    def load_order(self, names: Iterable[str]) -> Sequence[Path]:
        """Return the modules to load for these names, dependencies first; what the kernel has built in is left out."""
        files = {file.stem.replace("-", "_"): file for file in self.modules.rglob("*.ko")}
        order: dict[str, Path] = {}

        def add(name: str) -> None:
            file = files.get(name)
            if file is None or name in order:
                return
            for dependency in _dependencies(file):
                add(dependency)
            order[name] = file

        for name in names:
            add(name.replace("-", "_"))
        return tuple(order.values())


def ensure(folder: Path) -> Kernel:
    """Return the kernel kept in a folder, fetching it the first time.

    Raises:
        DevcloudError: the package could not be fetched or unpacked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with exclusive(folder / "kernel.lock"):
        return Kernel.of_tree(folder / "kernel") or _fetch(folder)


def _fetch(folder: Path) -> Kernel:
    tree = folder / "kernel"
    draft = folder / "kernel.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    _run(["apt-get", "download", _package()], folder=draft)
    package = next(draft.glob("*.deb"))
    _run(["dpkg", "-x", str(package), "tree"], folder=draft)
    shutil.rmtree(tree, ignore_errors=True)
    (draft / "tree").rename(tree)
    shutil.rmtree(draft)
    fetched = Kernel.of_tree(tree)
    if fetched is None:
        raise DevcloudError(f"{package.name} holds no boot/vmlinuz-*")
    return fetched


def _package() -> str:
    """Return the package of the newest cloud kernel that APT knows."""
    shown = _run(["apt-cache", "depends", "--important", META_PACKAGE], folder=Path("/"))
    names = re.findall(r"Depends: (linux-image-\S+)", shown)
    if not names:
        raise DevcloudError(f"APT knows no package {META_PACKAGE}: run apt-get update on a Debian machine")
    return str(names[0])


def _dependencies(module: Path) -> Sequence[str]:
    found = _DEPENDS.search(module.read_bytes())
    names = found.group(1).decode() if found else ""
    return [name.replace("-", "_") for name in names.split(",") if name]


def _run(command: Sequence[str], *, folder: Path) -> str:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise DevcloudError(f"the guest's kernel cannot be fetched: {error.filename} is not here") from error
    if done.returncode:
        raise DevcloudError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
