"""Settings that are not right."""

import pytest
from pydantic import ValidationError

from api.settings import Settings, explained


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
