"""Public keys are whole and public; nothing else passes for one."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.kinds.landing.access import KEY_PAIR, PublicKey
from tenants.language.nodes import Scalar
from tenants.language.report import Report

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


def blob(*parts: bytes) -> str:
    """Parts of a key, each behind its length, in base64 (RFC 4251)."""
    return base64.b64encode(b"".join(len(each).to_bytes(4, "big") + each for each in parts)).decode()


RSA = f"ssh-rsa {blob(b'ssh-rsa', bytes([1, 0, 1]), bytes([0, 199]) * 128)}"
ECDSA = f"ecdsa-sha2-nistp256 {blob(b'ecdsa-sha2-nistp256', b'nistp256', bytes([4]) * 65)}"


def read(text: str) -> tuple[str, list[str]]:
    """The key, and what is said of it."""
    report = Report("a.yaml")
    value = PublicKey().read(Scalar(1, 1, text, plain=True), report)
    return value, [f"{each.message} ({each.remedy})" for each in report.problems]


@pytest.mark.parametrize("key", [ED25519, f"{ED25519} ops@example", f"{ED25519} 张三 的钥匙", RSA, ECDSA])
def test_public_keys_are_taken_as_they_are(key: str) -> None:
    """With a comment in any script, or without one."""
    assert read(key) == (key, [])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (ED25519[:-4], "is no ssh-ed25519 key, or not the whole of one (copy the whole line of the .pub file)"),
        (ED25519[:-3], "is no ssh-ed25519 key, or not the whole of one (copy the whole line of the .pub file)"),
        (
            RSA.replace("ssh-rsa ", "ssh-ed25519 "),
            "is no ssh-ed25519 key, or not the whole of one (copy the whole line of the .pub file)",
        ),
        (
            f"ssh-rsa {blob(b'ssh-rsa', b'', b'x')}",
            "is no ssh-rsa key, or not the whole of one (copy the whole line of the .pub file)",
        ),
        (
            "ssh-ed25519 AAAA",
            "is no ssh-ed25519 key, or not the whole of one (copy the whole line of the .pub file)",
        ),
        ("ssh-ed25519", "is no ssh-ed25519 key (copy the one line of the .pub file)"),
        (f"{ED25519}\nssh-rsa x", "is no ssh-ed25519 key (copy the one line of the .pub file)"),
        (
            "ssh-dss AAAAB3NzaC1kc3M=",
            '"ssh-dss" is not a type of public key (did you mean "ssh-rsa"?)',
        ),
        (f"ssh-rsa {'A' * 20000}", "is no ssh-rsa key (copy the one line of the .pub file)"),
    ],
)
def test_what_is_no_public_key_is_told(written: str, said: str) -> None:
    """Half a line, another type, a key that nobody takes any longer."""
    assert read(written) == ("", [said])


def test_private_key_is_refused_and_not_repeated() -> None:
    """It is a secret, and stays one in what is printed."""
    value, (said,) = read(
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n-----END OPENSSH PRIVATE KEY-----\n"
    )
    assert value == ""
    assert said.startswith("is a private key (delete it")
    assert "b3Blb" not in said


@given(st.binary(max_size=60))
def test_no_bytes_pass_for_a_key_or_raise(content: bytes) -> None:
    """Whatever stands behind a type is looked at to its end."""
    value, problems = read(f"ssh-ed25519 {base64.b64encode(content).decode()}")
    assert (value == "") == bool(problems)


def test_example_is_a_whole_key() -> None:
    """What the manual shows can be copied."""
    example = next(each.example for each in KEY_PAIR.fields if each.key == "publicKey")
    assert read(example) == (example, [])
