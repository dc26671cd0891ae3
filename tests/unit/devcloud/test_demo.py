"""The demo ends at the first step that ends otherwise than it should, and says so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from openstack.exceptions import HttpException, SDKException

from api.manifests import finder, read_manifests
from devcloud import demo, stage
from devcloud.errors import DevcloudError
from tenants.validation import validate

ROOT = Path(__file__).parents[3]


@pytest.fixture
def demonstrate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Callable[..., None]], int]:
    """Runs the demo with these steps, on clouds that are not there, away from a terminal; gives its exit code."""

    @contextmanager
    def running(*_: Any, **__: Any) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(clouds_yaml=tmp_path / "clouds.yaml")

    def run(steps: Callable[..., None]) -> int:
        monkeypatch.setattr(demo, "_RECORDS", tmp_path / "records")
        monkeypatch.setattr(demo, "running", running)
        monkeypatch.setattr(demo, "_show", steps)
        monkeypatch.chdir(tmp_path)  # the demo changes the folder, and this changes it back
        return demo.main()

    return run


def _raises(error: BaseException) -> Callable[..., None]:
    def act(*_: Any) -> None:
        raise error

    return act


def _refuses(status: int, message: str) -> Callable[..., None]:
    response: Any = SimpleNamespace(status_code=status, headers={}, request=None)
    return _raises(HttpException(message, response=response))


def test_a_demo_that_went_well(demonstrate: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """It ends by itself where nobody watches."""
    assert demonstrate(lambda _: None) == 0
    assert "== All as it should be, in " in capsys.readouterr().out


@pytest.mark.parametrize("error", [stage.DemoFailed("so"), DevcloudError("so"), SDKException("so")])
def test_a_step_that_fails_fails_the_demo(demonstrate: Any, capsys: pytest.CaptureFixture[str], error: Any) -> None:
    """With one line that says why, and an exit code that a script sees."""
    assert demonstrate(_raises(error)) == 1
    assert capsys.readouterr().err == "\nThe demo failed: so\n"


def test_an_interrupted_demo_is_no_success(demonstrate: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """By convention 130."""
    assert demonstrate(_raises(KeyboardInterrupt())) == 130
    assert "interrupted" in capsys.readouterr().err


@pytest.mark.parametrize(("program", "expected"), [("true", {2}), ("false", {0, 2})])
def test_a_command_that_ends_otherwise(monkeypatch: pytest.MonkeyPatch, program: str, expected: set[int]) -> None:
    """Nothing to do where changes were expected is a failure too."""
    monkeypatch.setattr(stage, "TENANTRY", Path("/bin") / program)
    with pytest.raises(stage.DemoFailed, match=r"`tenantry plan` ended with exit code \d, not"):
        stage.Stage(environment={}).tenantry("plan", ends_with=expected)


def test_a_program_that_fails_fails_the_demo() -> None:
    """The demo copies manifests as a person would, and a copy that failed must not go unnoticed."""
    with pytest.raises(stage.DemoFailed, match="`false` ended with exit code 1, not 0"):
        stage.Stage(environment={}).run("false")


def test_the_demos_own_city_is_valid() -> None:
    """With the applications that are started, and without the others: none of the two depends on those."""
    started = [ROOT / demo._EXAMPLES / "applications" / f"{each}.yaml" for each in demo._STARTED]
    paths = [*(ROOT / demo._EXAMPLES / each for each in demo._BASIS), *started]
    validation = validate(read_manifests(paths).items(), finder(paths))
    assert validation.problems == ()
    assert validation.city is not None
    assert set(validation.city.applications) == set(demo._STARTED)


@pytest.mark.parametrize("status", [403, 413])
def test_a_refusal_for_the_quota_is_shown(capsys: pytest.CaptureFixture[str], status: int) -> None:
    """In the cloud's own words."""
    demo._must_be_refused("much", _refuses(status, "Quota exceeded for cores"))
    assert capsys.readouterr().out == (
        f"li-wei asks city for much: refused\n  HTTP {status}: Quota exceeded for cores\n"
    )


@pytest.mark.parametrize(("status", "message"), [(500, "quota service is down"), (403, "you have no role here")])
def test_any_other_refusal_proves_nothing(status: int, message: str) -> None:
    """A cloud that is broken refuses everything."""
    with pytest.raises(stage.DemoFailed, match="not for its quota"):
        demo._must_be_refused("much", _refuses(status, message))


def test_what_should_be_refused_and_is_given() -> None:
    """Then the quota is not enforced."""
    with pytest.raises(stage.DemoFailed, match="gave much, far above the quota"):
        demo._must_be_refused("much", lambda: None)


def test_what_should_be_given_and_is_refused() -> None:
    """A cloud that gives nothing would pass for one that enforces."""
    with pytest.raises(stage.DemoFailed, match="did not give little"):
        demo._must_be_given("little", _refuses(403, "Quota exceeded"))
