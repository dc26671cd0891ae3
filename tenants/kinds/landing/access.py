"""Who may log in, and what of others' the project may use: key pairs and grants."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from tenants.kinds.landing.wanted import LONGEST, STATE, named
from tenants.kinds.limits import VOLUME_TYPE
from tenants.landing_zone import Grant, GrantsSpec, KeyPairSpec
from tenants.language.composites import ListOf, Record
from tenants.language.nodes import Node
from tenants.language.report import Report, choose, shown
from tenants.language.scalars import Text, scalar
from tenants.language.shape import Field, Schema, Shape

#: Public keys that OpenSSH still takes, with the number of their parts (RFC 4253, 5656, 8709): the type's name first.
_PARTS: Final = {
    "ssh-ed25519": 2,
    "ssh-rsa": 3,
    "ecdsa-sha2-nistp256": 3,
    "ecdsa-sha2-nistp384": 3,
    "ecdsa-sha2-nistp521": 3,
}
_COMMENT: Final = "[^\\u0000-\\u001f\\u007f]*"
_KEY: Final = f"({'|'.join(_PARTS)}) ([A-Za-z0-9+/]+={{0,2}})( {_COMMENT})?"
_WRITTEN_KEY: Final = re.compile(_KEY)
#: Nova keeps what fits into MySQL's TEXT; the largest real ones are a tenth of this.
_LONGEST_KEY: Final = 16384
_EXAMPLE_KEY: Final = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ops@example"
#: Bytes that say how long a part of a key is (RFC 4251, 5).
_LENGTH: Final = 4
#: What Nova takes in a key pair's name (compute API reference, microversion 2.92).
KEY_PAIR_NAME: Final = "[A-Za-z0-9_@.-]([A-Za-z0-9_@. -]*[A-Za-z0-9_@.-])?"
KEY_PAIR_RULE: Final = "Latin letters, digits, spaces and _ - @ . only"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey(Shape[str]):
    """An SSH public key as its `.pub` file has it: type, key in base64, and perhaps a comment."""

    @property
    def blank(self) -> str:
        """No key."""
        return ""

    def read(self, node: Node, report: Report) -> str:
        """The key as it was written."""
        found = scalar(node, report, "a public key")
        if found is None:
            return self.blank
        text = found.text
        written = _WRITTEN_KEY.fullmatch(text) if len(text) <= _LONGEST_KEY else None
        if "PRIVATE KEY" in text:
            # Its text is a secret: no message repeats it.
            remedy = "delete it, make a new pair, for this one is known now, and write the one line of its .pub file"
            report.at(node, "is a private key", remedy)
        elif written is None:
            self._refuse(text, node, report)
        elif not _is_whole(written[1], written[2]):
            report.at(node, f"is no {written[1]} key, or not the whole of one", "copy the whole line of the .pub file")
        else:
            return text
        return self.blank

    def _refuse(self, text: str, node: Node, report: Report) -> None:
        """Say what is wrong with what does not even look like a key."""
        kind = text.partition(" ")[0]
        if kind in _PARTS or len(text) > _LONGEST_KEY:
            report.at(node, f"is no {kind if kind in _PARTS else 'public'} key", "copy the one line of the .pub file")
        else:
            report.at(node, f"{shown(kind)} is not a type of public key", choose(kind, _PARTS))

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002 - has no parts
        """A string of that form."""
        return {"type": "string", "pattern": f"^{_KEY}$", "maxLength": _LONGEST_KEY}


def _is_whole(kind: str, encoded: str) -> bool:
    """Whether the key's parts are all there, the first of them its type's name (RFC 4253, 6.6)."""
    try:
        blob = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    parts = []
    while blob:
        end = _LENGTH + int.from_bytes(blob[:_LENGTH], "big")
        if end > len(blob) or len(blob) < _LENGTH:
            return False
        parts.append(blob[_LENGTH:end])
        blob = blob[end:]
    return len(parts) == _PARTS[kind] and parts[0] == kind.encode() and all(parts)


KEY_PAIR: Final = Record(
    name="KeyPair",
    description="A public key that servers take for their first log-in. Nova keeps key pairs for users, not for projects.",
    fields=(
        Field(
            key="name",
            shape=Text(pattern=KEY_PAIR_NAME, rule=KEY_PAIR_RULE, longest=LONGEST),
            description="The name that applications use, unique in the project. In Nova it is `<Keystone project>-<name>`, "
            "or where a user is named, the name alone.",
            required=True,
            example="ops",
        ),
        Field(
            key="publicKey",
            attribute="public_key",
            shape=PublicKey(),
            description="The line of the `.pub` file. Private keys never belong in a manifest.",
            required=True,
            example=_EXAMPLE_KEY,
        ),
        Field(
            key="user",
            shape=Text(),
            description="The Keystone user, of the cloud's domain, whose key pair it is; unless given, the one that Tenantry makes "
            "servers as.",
            example="li-wei",
        ),
        STATE,
    ),
    build=KeyPairSpec,
)

GRANT: Final = Record(
    name="Grant",
    description="Leave to use something of others.",
    fields=(named("Its name in the cloud.", "city-shared"), STATE),
    build=Grant,
)
TYPE_GRANT: Final = Record(
    name="VolumeTypeGrant",
    description="Leave to use a volume type that is not open to everybody.",
    fields=(
        Field(
            key="name",
            shape=VOLUME_TYPE,
            description="One of the cloud's volume types.",
            required=True,
            example="ssd-encrypted",
        ),
        STATE,
    ),
    build=Grant,
)


def _granted(key: str, description: str, *, record: Record[Grant] = GRANT, attribute: str = "") -> Field:
    shape = ListOf(item=record, identity="name")
    return Field(key=key, attribute=attribute, shape=shape, description=description, default=(), shown_default=[])


GRANTS: Final = Record(
    name="Grants",
    description="What the project may use of what others own or what is not open to everybody.",
    fields=(
        _granted("networks", "Networks of other projects, shared with this one by an RBAC policy."),
        _granted("flavors", "Private flavors."),
        _granted("images", "Private images of other projects."),
        _granted("volumeTypes", "Private volume types.", record=TYPE_GRANT, attribute="volume_types"),
    ),
    build=GrantsSpec,
)
