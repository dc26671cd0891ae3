"""Makes oslo.messaging's in-process transport prompt.

Its listeners look for messages twenty times a second, which delays every call between a service's parts by up to
50 ms and keeps a dozen threads of each process busy for nothing. Here a message wakes the listeners.
"""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"

import threading
import time
from typing import Any

from oslo_messaging._drivers import base, impl_fake

_LONGEST_WAIT_S = 5.0
"""How long a listener sleeps at most; only the stop of a listener has to wait for it."""


class _Bell:
    """Rings for every message delivered in this process."""

    def __init__(self) -> None:
        self._rung = threading.Condition()
        self._count = 0

    @property
    def count(self) -> int:
        """How often it has rung."""
        return self._count

    def ring(self) -> None:
        """Wake all who wait."""
        with self._rung:
            self._count += 1
            self._rung.notify_all()

    def wait_beyond(self, count: int, seconds: float) -> None:
        """Wait until it has rung more often than ``count``."""
        with self._rung:
            self._rung.wait_for(lambda: self._count > count, seconds)


_bell = _Bell()


def install() -> None:
    """Replace the transport's listener and exchange. Call it before a service makes its transport."""
    impl_fake.FakeListener = _Listener
    impl_fake.FakeExchange = _Exchange


class _Exchange(impl_fake.FakeExchange):  # type: ignore[misc] # oslo.messaging is untyped
    """An exchange that rings when a message is delivered."""

    def deliver_message(self, *args: Any, **kwargs: Any) -> None:
        super().deliver_message(*args, **kwargs)
        _bell.ring()


class _Listener(impl_fake.FakeListener):  # type: ignore[misc] # oslo.messaging is untyped
    """A listener that waits for the bell."""

    @base.batch_poll_helper  # type: ignore[untyped-decorator] # oslo.messaging is untyped
    def poll(self, timeout: float | None = None) -> Any:
        """Return the next message, or None when there was none in time."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._stopped.is_set():
            count = _bell.count
            message = self._look()
            if message is not None:
                return message
            left = _LONGEST_WAIT_S if deadline is None else deadline - time.monotonic()
            if left < 0:
                break
            _bell.wait_beyond(count, min(left, _LONGEST_WAIT_S))
        return None

    def _look(self) -> Any:
        for target in self._targets:
            exchange = self._exchange_manager.get_exchange(target.exchange)
            context, message, reply_queue, requeue = exchange.poll(target, self._pool)
            if message is not None:
                return impl_fake.FakeIncomingMessage(context, message, reply_queue, requeue)
        return None

    def stop(self) -> None:
        """Stop listening."""
        super().stop()
        _bell.ring()
