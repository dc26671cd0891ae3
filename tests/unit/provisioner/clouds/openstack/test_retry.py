"""A request is repeated only where that can do no harm, and never for longer than the policy's patience."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.clouds.openstack.retry import Attempt, Failure, RetryPolicy, pause_before_next, seconds_to_wait

_POLICY = RetryPolicy(attempts=5, first_pause=1.0, longest_pause=10.0, patience=60.0)
_CREATE = {"method": "POST", "path": "/v3/projects", "number": 1}
_METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "POST")


def _pause(attempt: Attempt, *, elapsed: float = 0.0, dice: float = 0.5) -> float | None:
    return pause_before_next(_POLICY, attempt, elapsed=elapsed, dice=dice)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("failure", [Failure.NOT_SENT, Failure.PERHAPS_SENT])
def test_what_sets_or_reads_the_whole_is_repeated_without_an_answer(method: str, failure: Failure) -> None:
    """Everything but creating can be sent again, whether or not it arrived."""
    assert Attempt(method=method, path="/x", number=1, failure=failure).repeatable


def test_creating_is_not_repeated_when_it_may_have_arrived() -> None:
    """A POST without an answer may have made something."""
    assert not Attempt(**_CREATE, failure=Failure.PERHAPS_SENT).repeatable


def test_creating_is_repeated_when_nothing_was_sent() -> None:
    """A POST whose connection was never made has made nothing."""
    assert Attempt(**_CREATE, failure=Failure.NOT_SENT).repeatable


def test_asking_for_a_token_is_repeated_like_reading() -> None:
    """A token may be asked for again: the POST makes nothing that lasts."""
    assert Attempt(method="POST", path="/v3/auth/tokens", number=1, failure=Failure.PERHAPS_SENT).repeatable


@pytest.mark.parametrize("method", _METHODS)
def test_an_untrusted_certificate_is_not_tried_again(method: str) -> None:
    """What is wrong in itself stays wrong."""
    assert not Attempt(method=method, path="/x", number=1, failure=Failure.HOPELESS).repeatable


@pytest.mark.parametrize(
    ("method", "statuses"),
    [
        ("GET", {429, 500, 502, 503, 504}),
        ("HEAD", {429, 500, 502, 503, 504}),
        ("PUT", {429, 500, 502, 503, 504}),
        ("PATCH", {429, 500, 502, 503, 504}),
        ("DELETE", {429, 502, 503, 504}),
        ("POST", {429, 503}),
    ],
)
def test_each_method_is_repeated_after_its_own_statuses(method: str, statuses: set[int]) -> None:
    """The statuses that say `not done`, and for repeatable requests those that leave it open."""
    repeated = {
        status for status in range(400, 600) if Attempt(method=method, path="/x", number=1, status=status).repeatable
    }
    assert repeated == statuses


def test_the_last_attempt_is_the_last() -> None:
    """No pause follows the attempt that the policy allows last."""
    assert _pause(Attempt(method="GET", path="/x", number=4, status=503)) is not None
    assert _pause(Attempt(method="GET", path="/x", number=5, status=503)) is None


def test_pauses_double_up_to_a_bound() -> None:
    """The pause is a part of a bound that doubles: 1, 2, 4, 8, then 10."""
    policy = RetryPolicy(attempts=9, first_pause=1.0, longest_pause=10.0, patience=600.0)
    attempts = (Attempt(method="GET", path="/x", number=number, status=503) for number in range(1, 7))
    pauses = [pause_before_next(policy, attempt, elapsed=0.0, dice=0.5) for attempt in attempts]
    assert pauses == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


def test_retry_after_is_honoured_with_a_little_more() -> None:
    """The pause is never shorter than asked for, and clients that were told the same do not come back at once."""
    assert _pause(Attempt(method="POST", path="/x", number=1, status=429, retry_after=7.0), dice=0.25) == 7.25


def test_a_wait_beyond_the_patience_is_not_begun() -> None:
    """Asked to come back in an hour, we give up now."""
    assert _pause(Attempt(method="GET", path="/x", number=1, status=503, retry_after=3600.0)) is None


@given(st.integers(1, 20), st.floats(0, 1, exclude_max=True), st.floats(0, 100), st.none() | st.floats(0, 1000))
def test_no_pause_ends_after_the_patience(number: int, dice: float, elapsed: float, retry_after: float | None) -> None:
    """Whatever was asked for, the waiting stays within bounds."""
    attempt = Attempt(method="GET", path="/x", number=number, status=503, retry_after=retry_after)
    pause = _pause(attempt, elapsed=elapsed, dice=dice)
    assert pause is None or 0 <= elapsed + pause <= _POLICY.patience


def test_retry_after_may_be_a_number() -> None:
    """Seconds from now."""
    assert seconds_to_wait("120", wall=0.0) == 120.0


def test_retry_after_may_be_a_date() -> None:
    """The seconds up to an HTTP date, and none where it has passed."""
    assert seconds_to_wait(formatdate(1_000_030, usegmt=True), wall=1_000_000.0) == 30.0
    assert seconds_to_wait(formatdate(999_000, usegmt=True), wall=1_000_000.0) == 0.0


@pytest.mark.parametrize("text", [None, "", "soon", "-5", "1e9", "²", "Wed, 99 Foo 2026 99:99:99 GMT"])
def test_a_retry_after_that_makes_no_sense_is_none(text: str | None) -> None:
    """Then our own pauses hold."""
    assert seconds_to_wait(text, wall=0.0) is None


@given(st.text(max_size=40))
def test_no_retry_after_breaks_us(text: str) -> None:
    """Whatever a cloud sends is a number of seconds or nothing."""
    seconds = seconds_to_wait(text, wall=0.0)
    assert seconds is None or seconds >= 0
