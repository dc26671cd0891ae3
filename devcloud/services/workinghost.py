"""Makes Nova's ``CONF.host`` name the compute whose work the current thread does.

Nova means one compute for each process, and asks ``CONF.host`` in the middle of an operation whether the instance is
its own (``nova/virt/block_device.py``, for one, skips the detachment of a volume when it is not). With several
computes in one process the answer must depend on the thread: every method of a compute's manager runs "on" that
compute, and work handed to a thread pool or a thread stays on the compute that handed it over.
"""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"

import contextlib
import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any

import futurist
from nova.compute.manager import ComputeManager
from nova.conf import CONF

_current = threading.local()


def install() -> None:
    """Make ``CONF.host`` follow the thread, and thread pools carry the host along. Call once, before any compute."""
    CONF.__class__ = type("FollowingConf", (CONF.__class__,), {"__getattr__": _following(CONF.__class__.__getattr__)})
    futurist.ThreadPoolExecutor.submit = _carrying_submit(futurist.ThreadPoolExecutor.submit)
    threading.Thread.start = _carrying_start(threading.Thread.start)  # type: ignore[method-assign, assignment]


@contextlib.contextmanager
def working_on(host: str | None) -> Iterator[None]:
    """Do the enclosed work as the compute ``host``; with None, as the process itself."""
    before = getattr(_current, "host", None)
    _current.host = host
    try:
        yield
    finally:
        _current.host = before


def _following(ask: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def value(conf: Any, name: str) -> Any:
        if name == "host":
            host = getattr(_current, "host", None)
            if host is not None:
                return host
        return ask(conf, name)

    return value


def _carried(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, to be called elsewhere on the host that this thread works on now."""
    host = getattr(_current, "host", None)
    if host is None:
        return function

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with working_on(host):
            return function(*args, **kwargs)

    return call


def _carrying_submit(submit: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(submit)
    def carrying(pool: Any, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return submit(pool, _carried(function), *args, **kwargs)

    return carrying


def _carrying_start(start: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
    @functools.wraps(start)
    def carrying(thread: threading.Thread) -> None:
        # A pool's worker thread lives on and does other hosts' work later: its tasks carry their host themselves.
        if not type(thread).__module__.startswith("futurist"):
            thread.run = _carried(thread.run)  # type: ignore[method-assign]
        start(thread)

    return carrying


class HostComputeManager(ComputeManager):  # type: ignore[misc] # nova is untyped
    """Nova's compute manager, whose every public method works on its own host."""


def _bind_methods() -> None:
    for name in dir(ComputeManager):
        method = inspect.getattr_static(ComputeManager, name)
        if inspect.isfunction(method) and not name.startswith("__"):
            setattr(HostComputeManager, name, _on_own_host(method))


def _on_own_host(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        with working_on(self.host):
            return method(self, *args, **kwargs)

    return call


_bind_methods()
