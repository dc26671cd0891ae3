"""What a token's claims make of its bearer: whether it is for us and now, who they are, and what they may."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.authentication import Admitted, Refused
from api.http.openid.claims import judge, value_of
from api.http.openid.trust import Grant, Trust
from provisioner.access import Principal, Role

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
AT = int(NOW.timestamp())
TRUST = Trust(
    issuer="https://sso.city.example/realms/gov",
    audience="tenantry",
    clients=(),
    tenant_claim="department",
    grants=(
        Grant(value="cloud-office", role=Role.OPERATOR),
        Grant(value="scjg", role=Role.MEMBER, tenant="market"),
        Grant(value="engineers", role=Role.MEMBER),
        Grant(value="审计", role=Role.AUDITOR),
    ),
)


def claims(**changes: object) -> dict[str, Any]:
    """A token's claims; those that are changed to None are left out."""
    usual = {
        "iss": TRUST.issuer,
        "aud": "tenantry",
        "sub": "f5a1",
        "preferred_username": "li.na",
        "groups": ["scjg"],
        "iat": AT - 60,
        "exp": AT + 240,
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def why(found: Admitted | Refused) -> str:
    """The reason of a refusal."""
    assert isinstance(found, Refused)
    return found.reason


def who(found: Admitted | Refused) -> Principal:
    """Who was let in."""
    assert isinstance(found, Admitted)
    return found.principal


def test_a_token_makes_a_principal_until_it_ends() -> None:
    """Its name, role and part of the tree; as long as it would be let in, or streams would end and be come back to at once."""
    found = judge(claims(), TRUST, NOW)
    principal = Principal(actor="oidc:li.na", role=Role.MEMBER, tenant="market")
    assert found == Admitted(principal=principal, until=datetime.fromtimestamp(AT + 240 + TRUST.leeway, UTC))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"iss": "https://sso.city.example/realms/other"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"iss": TRUST.issuer + "/"}, "another issuer"),
        ({"aud": "account"}, "another audience"),
        ({"aud": None}, "another audience"),
        ({"aud": ["account", "other"], "azp": "tenantry"}, "another audience"),
        ({"aud": ["tenantry", "account"]}, "azp"),
        ({"aud": ["tenantry", "account"], "azp": "other"}, "azp"),
        ({"aud": ["tenantry", "account"], "azp": ["tenantry"]}, "azp"),
        ({"exp": None}, "no exp"),
        ({"exp": "2099"}, "no exp"),
        ({"exp": True}, "no exp"),
        ({"exp": float("inf")}, "no exp"),
        ({"exp": float("nan")}, "no exp"),
        ({"exp": 10**400}, "no exp"),
        ({"iat": None}, "no iat"),
        ({"nbf": "soon"}, "no nbf"),
        ({"exp": AT - 30}, "expired"),
        ({"iat": AT + 31}, "not count yet"),
        ({"nbf": AT + 31}, "not count yet"),
        ({"preferred_username": None, "sub": None}, "names nobody"),
        ({"preferred_username": "li\u202ena"}, "not a name"),
        ({"preferred_username": " li.na"}, "not a name"),
        ({"preferred_username": "x" * 201}, "not a name"),
        ({"preferred_username": ["li.na"]}, "not a name"),
        ({"groups": None}, "stands for a role"),
        ({"groups": ["others", 7, None, ["scjg"]]}, "stands for a role"),
        ({"groups": {"scjg": True}}, "stands for a role"),
        ({"groups": ["engineers"]}, "not a tenant's name"),
        ({"groups": ["engineers"], "department": "../market"}, "not a tenant's name"),
    ],
)
def test_a_token_that_does_not_count_is_refused(changes: dict[str, Any], said: str) -> None:
    """With the reason, for each thing that may be wrong with it."""
    assert said in why(judge(claims(**changes), TRUST, NOW))


@pytest.mark.parametrize("changes", [{"exp": AT - 29}, {"iat": AT + 30}, {"nbf": AT + 30}, {"exp": AT + 0.5}])
def test_clocks_may_be_apart_a_little(changes: dict[str, Any]) -> None:
    """As far as the setting says."""
    assert who(judge(claims(**changes), TRUST, NOW)).role is Role.MEMBER


def test_with_several_audiences_the_client_counts() -> None:
    """The audience itself, or one that the settings name."""
    many = claims(aud=["account", "tenantry"], azp="tenantry")
    assert who(judge(many, TRUST, NOW)).actor == "oidc:li.na"
    named = Trust(issuer=TRUST.issuer, audience="tenantry", clients=("tenantry-cli",), grants=TRUST.grants)
    assert who(judge({**many, "azp": "tenantry-cli"}, named, NOW)).actor == "oidc:li.na"
    assert "azp" in why(judge(claims(azp="portal"), named, NOW))


def test_the_order_of_the_settings_decides_between_roles() -> None:
    """Not the order in which the issuer lists them."""
    found = judge(claims(groups=["审计", "scjg", "cloud-office"]), TRUST, NOW)
    assert who(found) == Principal(actor="oidc:li.na", role=Role.OPERATOR)


def test_a_members_tenant_may_be_a_claim() -> None:
    """Where the grant names none; for others the claim changes nothing."""
    assert who(judge(claims(groups=["engineers"], department="transport"), TRUST, NOW)).tenant == "transport"
    assert who(judge(claims(groups="审计", department="transport"), TRUST, NOW)).tenant is None


@pytest.mark.parametrize("name", ["tenantry", "nobody", "ops@city", "oidc-sub:f5a1"])
def test_no_name_of_an_issuer_is_anothers(name: str) -> None:
    """Neither the system's nor a bearer token's nor that of somebody who is known by a subject."""
    named = who(judge(claims(preferred_username=name), TRUST, NOW)).actor
    by_subject = who(judge(claims(preferred_username=None, sub="f5a1"), TRUST, NOW)).actor
    assert (named, by_subject) == (f"oidc:{name}", "oidc-sub:f5a1")


def test_a_claim_may_lie_deep() -> None:
    """As Keycloak's roles do; a claim whose own name has dots comes first."""
    assert value_of({"realm_access": {"roles": ["a"]}}, "realm_access.roles") == ["a"]
    assert value_of({"https://city.example/roles": ["b"]}, "https://city.example/roles") == ["b"]
    assert value_of({"realm_access": ["roles"]}, "realm_access.roles") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(["iss", "aud", "azp", "sub", "preferred_username", "groups", "iat", "exp", "nbf", "department"])


@given(st.dictionaries(NAMES, JSON))
def test_whatever_a_token_says_it_is_judged(changes: dict[str, Any]) -> None:
    """No claim raises anything."""
    assert isinstance(judge({**claims(), **changes}, TRUST, NOW), Admitted | Refused)
