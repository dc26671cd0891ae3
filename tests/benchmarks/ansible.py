"""For scale: Ansible's modules for OpenStack (`openstack.cloud`) doing the same, as its own examples would.

They are installed from PyPI into an environment of their own, once. Their `quota` module knows no limits by volume type,
so those two are left out on their side.
"""

import os
import subprocess
import venv
from pathlib import Path
from typing import Any, Final

import yaml
from rich.console import Console

from tests.benchmarks.bench import CLOUD, Applied, Bench, Folder
from tests.benchmarks.departments import MEMBERS, QUOTA
from tests.benchmarks.measurements import BenchmarkFailed, Figure, Measurement
from tests.benchmarks.process import Ended, run

NAME = "ansible"
#: The last `ansible` whose core runs on Python 3.11, and the SDK of its time: the modules do not work with newer ones.
_PACKAGES: Final = ("ansible==12.3.0", "openstacksdk==4.8.0")
_HOME: Final = Path(__file__).parents[2] / ".devcloud" / "ansible"
_DOMAIN: Final = "government"
_TARGET: Final = 20
#: Neutron's names in the module's words.
_NAMES: Final = {"network": "networks", "subnet": "subnets", "port": "ports", "floatingip": "floating_ips"}


def measure(bench: Bench) -> Measurement:
    """Both with as many departments, new and then unchanged; and Tenantry with as many as it is meant for."""
    sample, number = bench.sizes.sample, bench.sizes.departments
    _install()
    playbook, theirs_folder = bench.scratch / "playbook.yaml", bench.folder(sample)
    playbook.write_text(yaml.safe_dump([_play(theirs_folder)]), encoding="utf-8")
    few, many = bench.folder(sample), bench.folder(number)
    # In turns, so that neither side has the quieter machine: first all are new, then all are unchanged.
    turns = [(_play_it(bench, playbook), bench.apply(few), bench.apply(many)) for _ in range(2)]
    return Measurement(
        name=NAME,
        title=f"Beside Ansible's `openstack.cloud` modules, {sample} departments",
        figures=tuple(
            figure
            for turn, (theirs, at_few, at_many) in zip(("new", "unchanged"), turns, strict=True)
            for figure in _compared(turn, theirs, (at_few, sample), (at_many, number))
        ),
        notes=(
            (
                "Seconds a department, start-up included on both sides. Ansible's play loops over the departments on "
                f"localhost, as its documentation shows: {len(QUOTA)} services in one `quota` task, a `project` task, and a "
                "`role_assignment` task for each role. Its `quota` module cannot set limits by volume type, so it sets two "
                "limits fewer. Ansible takes as long for each department however many there are; Tenantry's start-up "
                "and its one look at the cloud are shared by all, so the target is for as many as a city has."
            ),
        ),
    )


def _compared(turn: str, ansible: Ended, few: tuple[Applied, int], many: tuple[Applied, int]) -> tuple[Figure, ...]:
    (few_applied, sample), (many_applied, number) = few, many
    theirs = ansible.seconds / sample
    ours, at_scale = few_applied.took.seconds / sample, many_applied.took.seconds / number
    return (
        Figure(name=f"{turn}: Ansible, {sample} departments", value=theirs, unit="s/department"),
        Figure(name=f"{turn}: Tenantry, {sample} departments", value=ours, unit="s/department"),
        Figure(name=f"{turn}: Tenantry, {number} departments", value=at_scale, unit="s/department"),
        Figure(name=f"{turn}: Ansible ÷ Tenantry, {sample} departments each", value=theirs / ours),
        Figure(name=f"{turn}: Ansible ÷ Tenantry with {number} departments", value=theirs / at_scale, at_least=_TARGET),
    )


def _install() -> None:
    """Install the modules, unless they are there. Raises BenchmarkFailed where that does not work."""
    done = _HOME / "installed"
    if done.exists() and done.read_text(encoding="utf-8") == str(_PACKAGES):
        return
    Console(stderr=True).print("Installing Ansible's modules, once …")
    venv.create(_HOME, with_pip=True, clear=True)
    installed = subprocess.run([_HOME / "bin" / "pip", "install", "--quiet", *_PACKAGES], check=False)
    if installed.returncode:
        raise BenchmarkFailed("Ansible's modules could not be installed")
    done.write_text(str(_PACKAGES), encoding="utf-8")


def _play_it(bench: Bench, playbook: Path) -> Ended:
    environment = {
        **os.environ,
        "OS_CLIENT_CONFIG_FILE": str(bench.devcloud.clouds_yaml),
        "ANSIBLE_HOME": str(bench.scratch / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "LC_ALL": "C.UTF-8",
        "PATH": f"{_HOME / 'bin'}:{os.environ['PATH']}",
    }
    command: list[str | Path] = [_HOME / "bin" / "ansible-playbook", "-i", "localhost,", "-c", "local", playbook]
    return run(command, environment=environment, folder=bench.scratch)


def _play(folder: Folder) -> dict[str, Any]:
    """A play that makes the departments."""
    limits = {
        _NAMES.get(name, name): value
        for service in QUOTA.values()
        for name, value in service.items()
        if not name.startswith("gigabytes_")
    }
    modules: list[dict[str, dict[str, Any]]] = [
        {"project": {"name": "{{ item.name }}", "description": "{{ item.description }}", "domain": _DOMAIN}},
        {"quota": {"name": "{{ item.name }}", **limits}},
        *({"role_assignment": _assignment(group, role)} for group, role in MEMBERS),
    ]
    return {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {
            "ansible_python_interpreter": str(_HOME / "bin" / "python"),
            "projects": [{"name": each.project, "description": each.description} for each in folder.departments],
        },
        "module_defaults": {"group/openstack.cloud.openstack": {"cloud": CLOUD}},
        "tasks": [
            {f"openstack.cloud.{name}": arguments, "loop": "{{ projects }}"}
            for module in modules
            for name, arguments in module.items()
        ],
    }


def _assignment(group: str, role: str) -> dict[str, str]:
    named = {"project": "{{ item.name }}", "group": group, "role": role}
    return {**named, "project_domain": _DOMAIN, "group_domain": _DOMAIN}
