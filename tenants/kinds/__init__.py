"""The kinds of manifests there are: the registry that validation, the schema and the manual are made from."""

from collections.abc import Mapping
from typing import Any, Final

from tenants.kinds.applications.application import APPLICATION
from tenants.kinds.cloud import CLOUD
from tenants.kinds.kind import Kind
from tenants.kinds.policy import POLICY
from tenants.kinds.price_list import PRICE_LIST
from tenants.kinds.tenant import TENANT
from tenants.kinds.waves.wave import WAVE

KINDS: Final[Mapping[str, Kind[Any]]] = {
    kind.name: kind for kind in (CLOUD, TENANT, APPLICATION, POLICY, PRICE_LIST, WAVE)
}
