"""How much memory a process holds."""

from pathlib import Path


def resident_mib(pid: int) -> float:
    """Return a process's resident memory in MiB, or 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    sizes = [line.split()[1] for line in lines if line.startswith("VmRSS:")]
    return int(sizes[0]) / 1024 if sizes else 0.0
