"""The command line: ``python -m devcloud up | down | status | logs | requests | fault``."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from devcloud import launch, processes, reach, supervisor, within
from devcloud.errors import DevcloudError
from devcloud.faultrules import FaultKind, Work
from devcloud.guests import image, preflight
from devcloud.handle import Devcloud
from devcloud.layout import HOME_VARIABLE, Home, StateFolder
from devcloud.memory import resident_mib
from devcloud.records import SERVICES, CloudName, CloudOptions, Hypervisor, ServiceName
from devcloud.seed import read_groups
from devcloud.supervisor import Order, Supervisor

_DEFAULT_CLOUDS: Final = ("city", "district")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    options = _parser().parse_args(arguments)
    state = StateFolder(root=(options.state or Home.locate().default_state).resolve())
    try:
        status: int = options.run(state, options)
    except DevcloudError as error:
        print(f"devcloud: {error}", file=sys.stderr)
        return 1
    return status


def _up(state: StateFolder, options: argparse.Namespace) -> int:
    wanted = _wanted(options)
    if options.foreground:
        groups = read_groups(wanted.groups) if wanted.groups else ()
        parent_fd = sys.stdin.fileno() if options.parent_stdin else None
        order = Order(
            clouds=wanted.clouds,
            options=wanted.options,
            groups=groups,
            parent_fd=parent_fd,
            disposable=options.disposable,
        )
        return Supervisor(state=state, home=Home.locate(), order=order, progress=_say).run()
    there = launch.running_clouds(state)
    if there is None:
        launch.start(state, wanted, _say, child=False)
    elif set(wanted.clouds) <= set(there):
        _say(f"running already: {state.clouds_yaml}")
    else:
        raise DevcloudError(f"{state.root} runs {', '.join(there)} already: end it with down, or name another --state")
    print(state.clouds_yaml)
    return 0


def _wanted(options: argparse.Namespace) -> launch.Wanted:
    size = CloudOptions(
        computes=options.computes,
        vcpus_per_compute=options.vcpus,
        memory_mib_per_compute=options.memory_mib,
        disk_gib_per_compute=options.disk_gib,
        pool_gib=options.pool_gib,
        unified_limits=options.unified_limits,
        bin_s=options.bin,
        hypervisor=Hypervisor(options.hypervisor),
        debian=options.debian,
    )
    problem = size.problem()
    if problem is not None:
        raise DevcloudError(problem)
    names = tuple(dict.fromkeys(CloudName(name) for name in options.cloud or _DEFAULT_CLOUDS))
    return launch.Wanted(clouds=names, options=size, groups=options.groups)


def _check(_state: StateFolder, options: argparse.Namespace) -> int:
    """Print what works here; the exit status is 0 when emulated guests do."""
    found = preflight.problems(debian=options.debian)
    for problem in found:
        print(f"{Hypervisor.QEMU}: {problem}")
    if found:
        return 1
    print(f"{Hypervisor.QEMU}: real guests can run here")
    kvm = preflight.kvm_problem(image.ensure(Home.locate().guests))
    print(f"{Hypervisor.KVM}: {kvm or 'a kernel boots with it here'}")
    return 0


def _down(state: StateFolder, _options: argparse.Namespace) -> int:
    _say("down" if launch.down(state) else f"nothing runs in {state.root}")
    return 0


def _status(state: StateFolder, _options: argparse.Namespace) -> int:
    """Print the clouds and their processes; the exit status is 0 when all is well."""
    told = supervisor.read_state(state)
    if told is None or not supervisor.is_running(state):
        _say(f"nothing runs in {state.root}")
        if told is not None and told.failure:
            print(told.failure)
        return 1
    _say(f"{'ready' if told.ready else 'starting'}: {state.clouds_yaml}")
    dead = [record for record in told.processes if record.exit_status is not None]
    for record in told.processes:
        ports = told.endpoints[record.cloud][record.service]
        life = f"pid {record.pid}, {resident_mib(record.pid):.0f} MiB" if record not in dead else "DEAD"
        print(f"  {record.cloud:<12} {record.service:<10} http://127.0.0.1:{ports.public:<6} {life}")
    for record in dead:
        log = state.cloud(record.cloud).log(record.service)
        print(f"{record.cloud}: {record.service} ended with {record.exit_status}; the end of {log}:")
        print(processes.log_tail(log))
    return 1 if dead else 0


def _logs(state: StateFolder, options: argparse.Namespace) -> int:
    for service in [ServiceName(options.service)] if options.service else SERVICES:
        log = state.cloud(CloudName(options.cloud)).log(service)
        print(f"==> {log}")
        print(processes.log_tail(log))
    return 0


def _requests(state: StateFolder, options: argparse.Namespace) -> int:
    for record in Devcloud.attach(state.root).requests(cloud=options.cloud, inner=options.inner):
        print(json.dumps(asdict(record), ensure_ascii=False))
    return 0


def _connect(state: StateFolder, options: argparse.Namespace) -> int:
    namespace = reach.namespace_file(Devcloud.attach(state.root), options.cloud, options.network)
    try:
        with reach.open_socket(namespace, options.address, options.port) as connection:
            reach.join_terminal(connection)
    except OSError as error:
        raise DevcloudError(f"{options.address} port {options.port}: {error}") from error
    return 0


def _within(state: StateFolder, options: argparse.Namespace) -> int:
    return within.run(Devcloud.attach(state.root), options.cloud, options.network, options.command)


def _latency(state: StateFolder, options: argparse.Namespace) -> int:
    Devcloud.attach(state.root).latency(options.milliseconds, cloud=options.cloud)
    return 0


def _fail(state: StateFolder, options: argparse.Namespace) -> int:
    rule = Devcloud.attach(state.root).fail(
        options.cloud,
        options.service,
        options.path,
        kind=options.kind,
        count=options.count,
        method=options.method,
        after_acting=options.after_acting,
        retry_after_s=options.retry_after,
        after_bytes=options.after_bytes,
    )
    print(rule)
    return 0


def _hinder(state: StateFolder, options: argparse.Namespace) -> int:
    fault = Devcloud.attach(state.root).hinder(
        options.cloud, options.work, seconds=options.seconds, fails=options.fail, count=options.count
    )
    print(fault)
    return 0


def _clear(state: StateFolder, _options: argparse.Namespace) -> int:
    Devcloud.attach(state.root).clear()
    return 0


def _show(state: StateFolder, _options: argparse.Namespace) -> int:
    running = Devcloud.attach(state.root)
    for cloud in running.clouds:
        print(f"{cloud}: {running.disturbance(cloud).dump()}")
    return 0


def _say(line: str) -> None:
    print(f"devcloud: {line}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m devcloud",
        description="A real OpenStack on this machine: Keystone, Placement, Glance, Neutron, Cinder and Nova, "
        "with a fake hypervisor and no packet path, or with real guests. No Docker, no server to install; no root unless "
        "the guests are real.",
        epilog=f"The OpenStack environment and the templates live in .devcloud, or where {HOME_VARIABLE} says.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    # Every command takes --state, before or after its name.
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("--state", type=Path, help="folder of this devcloud (several may run side by side)")
    parser.add_argument("--state", type=Path, help=argparse.SUPPRESS)

    up = commands.add_parser("up", parents=[shared], help="start clouds and print the path of their clouds.yaml")
    _add_up_options(up)
    check = commands.add_parser("check", help="tell what keeps real guests from running here, and what would help")
    check.add_argument("--debian", action="store_true", help="for Debian guests too")
    check.set_defaults(run=_check)
    down = commands.add_parser("down", parents=[shared], help="end the clouds; nothing is kept")
    down.set_defaults(run=_down)
    status = commands.add_parser("status", parents=[shared], help="tell what runs, and why what does not run ended")
    status.set_defaults(run=_status)
    logs = commands.add_parser("logs", parents=[shared], help="print the end of the services' logs")
    logs.add_argument("cloud")
    logs.add_argument("service", nargs="?", choices=SERVICES)
    logs.set_defaults(run=_logs)
    requests = commands.add_parser("requests", parents=[shared], help="print the request log, one JSON object a line")
    requests.add_argument("--cloud", help="of this cloud alone")
    requests.add_argument("--inner", action="store_true", help="also what the services asked one another")
    requests.set_defaults(run=_requests)
    connect = commands.add_parser("connect", parents=[shared], help="reach a real guest: a ProxyCommand for ssh")
    connect.add_argument("cloud")
    connect.add_argument("network", help="the network's id")
    connect.add_argument("address", help="the guest's address in it")
    connect.add_argument("port", type=int)
    connect.set_defaults(run=_connect)
    inside = commands.add_parser("within", parents=[shared], help="run a command in a network of real guests")
    inside.add_argument("cloud")
    inside.add_argument("network", help="the network's id")
    inside.add_argument(
        "command", nargs=argparse.REMAINDER, help="the command, which reaches guests by their addresses"
    )
    inside.set_defaults(run=_within)
    _add_fault_commands(commands.add_parser("fault", help="act out a distant or failing cloud"), shared)
    return parser


def _add_up_options(up: argparse.ArgumentParser) -> None:
    size = CloudOptions()
    up.add_argument("--cloud", action="append", metavar="NAME", help="a cloud; repeat it (default: city, district)")
    up.add_argument("--computes", type=int, default=size.computes, help="computes of each cloud (%(default)s)")
    up.add_argument(
        "--vcpus", type=int, default=size.vcpus_per_compute, help="processors of each compute (%(default)s)"
    )
    up.add_argument(
        "--memory-mib", type=int, default=size.memory_mib_per_compute, help="memory of each compute (%(default)s)"
    )
    up.add_argument(
        "--disk-gib", type=int, default=size.disk_gib_per_compute, help="local disk of each compute (%(default)s)"
    )
    up.add_argument("--pool-gib", type=int, default=size.pool_gib, help="size of each storage pool (%(default)s)")
    up.add_argument(
        "--hypervisor",
        choices=[one.value for one in Hypervisor],
        default=size.hypervisor.value,
        help="what runs the servers: Nova's fake, or real machines (%(default)s; the check command tells what works here)",
    )
    up.add_argument("--debian", action="store_true", help="also have a Debian image for real guests (built once)")
    up.add_argument("--unified-limits", action="store_true", help="let Nova take its limits from Keystone")
    up.add_argument(
        "--bin", type=int, default=0, metavar="SECONDS", help="let Nova keep deleted servers for so long (default: not)"
    )
    up.add_argument("--groups", type=Path, metavar="FILE", help="YAML list of further Keystone groups to make")
    up.add_argument("--foreground", action="store_true", help="stay until Ctrl-C, and take the clouds down then")
    up.add_argument("--parent-stdin", action="store_true", help=argparse.SUPPRESS)
    up.add_argument("--disposable", action="store_true", help=argparse.SUPPRESS)
    up.set_defaults(run=_up)


def _add_fault_commands(fault: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    commands = fault.add_subparsers(required=True, metavar="WHAT")
    latency = commands.add_parser("latency", parents=[shared], help="delay every client request; 0 ends it")
    latency.add_argument("milliseconds", type=float)
    latency.add_argument("--cloud", help="in this cloud alone")
    latency.set_defaults(run=_latency)
    fail = commands.add_parser("fail", parents=[shared], help="let the next matching client requests fail")
    fail.add_argument("cloud")
    fail.add_argument("service", choices=SERVICES)
    fail.add_argument("path", nargs="?", default="", help="regular expression searched in path and query")
    fail.add_argument("--kind", choices=[kind.value for kind in FaultKind], default=FaultKind.ERROR_500.value)
    fail.add_argument("--count", type=int, default=1, help="how many requests (%(default)s)")
    fail.add_argument("--method", help="only this HTTP method")
    fail.add_argument("--after-acting", action="store_true", help="let the service act, and lose its answer")
    fail.add_argument("--retry-after", type=int, metavar="SECONDS", help="Retry-After of the answer")
    fail.add_argument(
        "--after-bytes", type=int, metavar="N", help="cut a reset connection when so much of a body has passed"
    )
    fail.set_defaults(run=_fail)
    hinder = commands.add_parser("hinder", parents=[shared], help="let what services go on with take longer, or fail")
    hinder.add_argument("cloud")
    hinder.add_argument("work", choices=[work.value for work in Work])
    hinder.add_argument("--seconds", type=float, default=0.0, help="how long it takes (%(default)s)")
    hinder.add_argument("--fail", action="store_true", help="it then fails")
    hinder.add_argument("--count", type=int, default=1, help="how many pieces of work (%(default)s)")
    hinder.set_defaults(run=_hinder)
    clear = commands.add_parser("clear", parents=[shared], help="end all latency and faults")
    clear.set_defaults(run=_clear)
    show = commands.add_parser("show", parents=[shared], help="print what is set")
    show.set_defaults(run=_show)
