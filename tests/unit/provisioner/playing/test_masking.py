"""Secrets in what playbooks tell."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.playing.masking import MASK, masker


@pytest.mark.parametrize("name", ["db_password", "API_TOKEN", "client_secret", "ssh_key", "passphrase", "credentials"])
def test_variables_that_are_secrets_by_their_names(name: str) -> None:
    """What they hold is taken out, every item of a list."""
    assert masker({name: "hunter2"})("it is hunter2!") == f"it is {MASK}!"
    assert masker({name: ("one1", "two2")})("one1 two2") == f"{MASK} {MASK}"


def test_other_variables_are_told() -> None:
    """They help to see what was done."""
    assert masker({"services": ("nginx",), "use_token": True})("nginx True") == "nginx True"


def test_a_secret_within_another_hides_neither() -> None:
    """The longer one is found first."""
    assert masker({"token": "abcdef", "password": "bcd"})("abcdef bcd") == f"{MASK} {MASK}"


def test_what_is_too_short_is_in_every_word() -> None:
    """Nothing could be read any longer."""
    assert masker({"password": "a"})("an apple") == "an apple"


def test_each_line_of_a_key_is_one() -> None:
    """Messages break them."""
    assert masker({"private_key": "BEGIN\nabcdef\nEND"})("got abcdef") == f"got {MASK}"


@given(st.text(min_size=3).filter(lambda text: len(text.strip()) >= 3))
def test_json_does_not_hide_a_secret(secret: str) -> None:
    """Ansible quotes what it shows."""
    shown = masker({"password": secret})(json.dumps({"msg": secret}))
    assert json.loads(shown)["msg"].strip() == MASK
