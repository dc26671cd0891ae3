"""Settings that are not right."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from api.settings import CONFIG_FILE, Settings, explained
from provisioner.errors import InputError


@pytest.mark.parametrize("given", ["many", "0", "257", "1.5", ""])
def test_a_number_that_is_none_or_out_of_range(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """The variable, what it is, and what it may be: the same words whatever is wrong with it."""
    monkeypatch.setenv("TENANTRY_REQUESTS_PER_CLOUD", given)
    with pytest.raises(ValidationError) as caught:
        Settings()
    rule = "must be a whole number from 1 to 256"
    assert explained(caught.value) == f"TENANTRY_REQUESTS_PER_CLOUD is {given!r}; it {rule}"


def test_a_secret_is_not_repeated() -> None:
    """Whatever is wrong with a database's address, its password may be in it."""
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"database_url": ["geheim"]})
    assert explained(caught.value) == "TENANTRY_DATABASE_URL must be text"


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file of settings."""
    monkeypatch.setenv(CONFIG_FILE, str(tmp_path / "tenantry.toml"))
    return tmp_path / "tenantry.toml"


def test_settings_come_from_a_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment does not say otherwise."""
    file.write_text('http_port = 9000\nlog_format = "json"\n')
    monkeypatch.setenv("TENANTRY_LOG_FORMAT", "console")
    found = Settings()
    assert (found.http_port, found.log_format) == (9000, "console")


@pytest.mark.parametrize(
    ("text", "said"),
    [("http_prot = 1", "no setting http_prot.*http_port"), ("= 1", "cannot be read"), (None, "No such")],
)
def test_a_file_that_is_not_right_is_refused(file: Path, text: str | None, said: str) -> None:
    """A misspelt setting is not left out in silence."""
    if text is not None:
        file.write_text(text)
    with pytest.raises(InputError, match=said):
        Settings()


def test_one_of_few_words_is_asked_for_by_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever there are."""
    monkeypatch.setenv("TENANTRY_LOG_FORMAT", "xml")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert explained(caught.value) == "TENANTRY_LOG_FORMAT is 'xml'; it must be one of console, json"


def test_the_databases_address_may_be_in_a_file(tmp_path: Path) -> None:
    """So that its password is in no environment; one that is given counts for more."""
    secret = tmp_path / "url"
    secret.write_text("postgresql://a:b@c/d\n")
    assert Settings(database_url_file=secret).postgresql_url == "postgresql://a:b@c/d"
    both = Settings.model_validate({"database_url_file": secret, "database_url": "postgresql://e"})
    assert both.postgresql_url == "postgresql://e"
    with pytest.raises(InputError, match="cannot be read"):
        assert Settings(database_url_file=tmp_path / "none").postgresql_url


def test_a_token_may_be_in_a_file_and_is_never_shown(tmp_path: Path) -> None:
    """One that is given counts for more; neither is in what is printed of the settings."""
    secret = tmp_path / "token"
    secret.write_text("tnt_geheim\n")
    assert Settings().bearer_token is None
    assert Settings(token_file=secret).bearer_token == "tnt_" + "geheim"
    both = Settings.model_validate({"token_file": secret, "token": "tnt_anders"})
    assert both.bearer_token == "tnt_" + "anders"
    assert "tnt_" not in repr(both)


def test_a_table_may_be_given_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the environment, which has text alone."""
    monkeypatch.setenv("TENANTRY_OIDC_ROLES", '{"审计局": "auditor"}')
    monkeypatch.setenv("TENANTRY_OIDC_CLIENTS", '["portal"]')
    assert (Settings().oidc_roles, Settings().oidc_clients) == ({"审计局": "auditor"}, ("portal",))


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [("ROLES", "{", "a table of texts"), ("ROLES", "[]", "a table of texts"), ("CLIENTS", "portal", "a list of texts")],
)
def test_a_table_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, given: str, said: str) -> None:
    """With what it may be."""
    monkeypatch.setenv(f"TENANTRY_OIDC_{name}", given)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert said in explained(caught.value)
