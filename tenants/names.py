"""Typed names, so that a project is never passed where a tenant is meant. First in the flow: everything else uses them.

Manifest identifiers are DNS labels (RFC 1123): they become parts of addresses, labels and file names. What people
read (`displayName`) is free text in any script.
"""

import re
from typing import Final, NewType

CloudName = NewType("CloudName", str)
TenantName = NewType("TenantName", str)
#: A project's name inside its tenant's manifest; its Keystone name is `ProjectSpec.keystone_name`.
ProjectName = NewType("ProjectName", str)
ZoneName = NewType("ZoneName", str)
ApplicationName = NewType("ApplicationName", str)
#: A probe's name inside its application's manifest.
ProbeName = NewType("ProbeName", str)
#: OpenStack's own names, which their owners chose freely.
NetworkName = NewType("NetworkName", str)
SubnetName = NewType("SubnetName", str)
RouterName = NewType("RouterName", str)
SecurityGroupName = NewType("SecurityGroupName", str)
FloatingIPName = NewType("FloatingIPName", str)
KeyPairName = NewType("KeyPairName", str)
FlavorName = NewType("FlavorName", str)
ImageName = NewType("ImageName", str)
ServerName = NewType("ServerName", str)
ServerGroupName = NewType("ServerGroupName", str)
VolumeName = NewType("VolumeName", str)
VolumeTypeName = NewType("VolumeTypeName", str)
DomainName = NewType("DomainName", str)
RoleName = NewType("RoleName", str)
#: The name of a Keystone user or group.
PrincipalName = NewType("PrincipalName", str)

IDENTIFIER: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
#: The same in words, for messages and the schema's descriptions.
IDENTIFIER_RULE: Final = (
    "lower-case letters, digits and hyphens, 63 at most, beginning and ending with a letter or digit"
)
