"""Settings of single sign-on that are not right are refused before anybody is let in."""

import pytest

from api.http.openid.trust import Grant, grants_of, must_be_safe
from provisioner.access import Role
from provisioner.errors import InputError


def test_a_table_becomes_grants_in_its_order() -> None:
    """A role, or a role for a part of the tree."""
    assert grants_of({"b": "operator", "a": "member:market"}) == (
        Grant(value="b", role=Role.OPERATOR),
        Grant(value="a", role=Role.MEMBER, tenant="market"),
    )


@pytest.mark.parametrize(
    ("meaning", "said"),
    [("operater", "operator"), ("", "no role"), ("member:", "not a tenant"), ("member:市场", "not a tenant")],
)
def test_what_is_no_role_is_refused(meaning: str, said: str) -> None:
    """With the value that it stands for, and what may have been meant."""
    with pytest.raises(InputError, match=said):
        grants_of({"scjg": meaning})


@pytest.mark.parametrize("url", ["http://sso.city.example", "sso.city.example", "file:///etc", "https://", "ftp://x"])
def test_an_issuer_is_asked_over_tls_alone(url: str) -> None:
    """Whoever could forge its answers would let anybody in."""
    with pytest.raises(InputError, match="https"):
        must_be_safe(url, what="issuer")


@pytest.mark.parametrize("url", ["https://sso.city.example/realms/gov", "http://127.0.0.1:8080", "http://localhost/x"])
def test_or_on_this_very_machine(url: str) -> None:
    """Where nobody is on the way."""
    must_be_safe(url, what="issuer")
