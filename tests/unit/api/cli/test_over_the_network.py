"""Commands where `TENANTRY_URL` names a service: those that cannot ask it say so, and nothing touches the database."""

from pathlib import Path

import pytest

from api.cli.main import app
from api.language.catalogue import in_language
from provisioner.errors import InputError

_MANIFEST = "tenants/examples/shenzhen"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A service that is set, and a database that would be made here."""
    monkeypatch.setenv("TENANTRY_URL", "https://tenantry.example")
    monkeypatch.setenv("TENANTRY_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.mark.parametrize(
    "command",
    [
        ("plan", _MANIFEST),
        ("apply", _MANIFEST, "--yes"),
        ("status",),
        ("drift",),
        ("graph", "registration"),
        ("probe", "registration"),
        ("import", "--cloud", "city", "--domain", "d", "--tenant", "t", "--into", "x"),
        ("request", "sweep"),
        ("audit", "show"),
        ("audit", "verify"),
        ("policy", "facts", "01"),
        ("token", "create", "li", "--role", "reviewer"),
        ("token", "list"),
        ("token", "revoke", "01"),
        ("db", "upgrade"),
    ],
)
def test_what_works_on_the_database_alone_refuses(command: tuple[str, ...], elsewhere: Path) -> None:
    """With what to do instead, and before anything is read."""
    with pytest.raises(InputError, match=r"TENANTRY_URL is set, and .* works on a database"):
        app(args=list(command), standalone_mode=False)
    assert not elsewhere.exists()


@pytest.mark.parametrize(
    ("command", "instead", "chinese"),
    [
        (("graph", "registration"), "run it where the database is", "请在数据库所在的机器上执行"),
        (
            ("migrate", "start", "autumn", "--yes"),
            "/v1/waves, /v1/runs and /v1/migrations do it",
            "用 /v1/waves、/v1/runs 和 /v1/migrations",
        ),
        (("audit", "export"), "GET /v1/audit/export gives it", "用 GET /v1/audit/export 导出"),
        (("usage",), "GET /v1/usage tells it", "用 GET /v1/usage 查看"),
        (
            ("statement", "close", "2026-10"),
            "POST /v1/statements/{month}/close does it",
            "用 POST /v1/statements/{month}/close 执行",
        ),
        (
            ("reconcile",),
            "POST /v1/tenants/{tenant}/look asks for a look",
            "用 POST /v1/tenants/{tenant}/look 请求查看一次",
        ),
    ],
)
def test_what_does_the_same_over_the_network_is_told(command: tuple[str, ...], instead: str, chinese: str) -> None:
    """In both languages: whoever has a token alone is not sent to a database without need."""
    with pytest.raises(InputError) as refused:
        app(args=list(command), standalone_mode=False)
    told = str(refused.value)
    assert f"over the network: {instead}, or unset" in told
    assert f"不经网络：{chinese}，或者取消" in in_language("zh", told)


def test_nobody_acts_for_others_over_the_network(elsewhere: Path) -> None:
    """It is the token that says who acts."""
    with pytest.raises(InputError, match="--actor is for the database"):
        app(args=["request", "withdraw", "01", "--actor", "李娜"], standalone_mode=False)
    assert not elsewhere.exists()


def test_help_is_there_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Reading about a command is no use of it."""
    app(args=["plan", "--help"], standalone_mode=False)
    assert "Show what would change" in capsys.readouterr().out


def test_a_program_that_is_called_by_several_words_is_no_way_round(elsewhere: Path) -> None:
    """`python -m api.cli.main plan` is `plan` too."""
    with pytest.raises(InputError, match="`tenantry plan` works on a database"):
        app(args=["plan", _MANIFEST], prog_name="python -m api.cli.main", standalone_mode=False)
    assert not elsewhere.exists()


@pytest.mark.parametrize("fingerprint", ["", "ecb", "ecbdebcd"])
def test_a_part_of_a_fingerprint_that_might_be_any_plans_is_refused(fingerprint: str) -> None:
    """Plans end with eight characters of theirs; a decision takes twelve, and says where they are."""
    arguments = ["request", "approve", "01", "--review", "technical", "--plan", fingerprint]
    with pytest.raises(InputError, match="at least 12 characters of the fingerprint, as `tenantry request show`"):
        app(args=arguments, standalone_mode=False)
