"""The shapes of limits, made from the catalogue of resources: quotas, envelopes, reserves and overcommit ratios."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tenants.language.composites import NamedMap, Record
from tenants.language.nodes import Node
from tenants.language.report import Report, shown
from tenants.language.scalars import Ratio, Text, scalar
from tenants.language.shape import Field, Schema, Shape
from tenants.names import VolumeTypeName
from tenants.quantities import MAXIMUM, SIZE_PATTERN, WORD_UNLIMITED, Refusal, parse
from tenants.resources import CATALOGUE, UNLIMITED, Definition, Limit, Resource, Service, Unit

VOLUME_TYPE: Final = Text(longest=255, rule="the name of a volume type, as Cinder has it")
#: What a cloud has a known amount of, so that it can be overcommitted and kept back.
CAPACITY: Final = (
    Resource(service=Service.COMPUTE, name="cores"),
    Resource(service=Service.COMPUTE, name="ram"),
    Resource(service=Service.BLOCK_STORAGE, name="gigabytes"),
)

_EXAMPLES: Final = {Unit.COUNT: 40, Unit.MEBIBYTE: "640GiB", Unit.GIBIBYTE: "20TiB"}

#: What people and other tools call a resource.
_SYNONYMS: Final = {
    "cpu": "cores",
    "cpus": "cores",
    "vcpu": "cores",
    "vcpus": "cores",
    "memory": "ram",
    "servers": "instances",
    "vms": "instances",
    "disk": "gigabytes",
    "storage": "gigabytes",
    "size": "gigabytes",
    "floating_ips": "floatingip",
    "floatingips": "floatingip",
    "security_groups": "security_group",
    "security_group_rules": "security_group_rule",
}
_SERVICE_SYNONYMS: Final = {
    "nova": "compute",
    "cinder": "block-storage",
    "volume": "block-storage",
    "volumev3": "block-storage",
    "storage": "block-storage",
    "neutron": "network",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity(Shape[Limit | None]):
    """How much of a resource: a whole number in the API's unit, a size with a unit, or `unlimited`."""

    unit: Unit
    #: Whether `unlimited` has a meaning here.
    unbounded: bool = True

    @property
    def blank(self) -> None:
        """Nothing said."""
        return

    def read(self, node: Node, report: Report) -> Limit | None:
        """The limit in the API's unit."""
        found = scalar(node, report, "a limit")
        if found is None:
            return None
        limit = parse(found.text, self.unit)
        if isinstance(limit, Refusal):
            report.at(node, limit.message, limit.remedy)
            return None
        if limit == UNLIMITED and not self.unbounded:
            report.at(node, f"{WORD_UNLIMITED} has no meaning here", "write an amount")
            return None
        if not found.plain and found.text.isdigit():
            report.at(
                node, f"{shown(found.text)} is text where a number is meant", f"write {found.text}, without quotes"
            )
            return None
        return limit

    def schema(self, definitions: Schema) -> Schema:
        """A reference to the definition of such quantities: a whole number, or text where it may be a size or a word."""
        size = self.unit is not Unit.COUNT
        name = ("" if self.unbounded else "Bounded") + (f"SizeIn{self.unit}" if size else "Count")
        words = ([SIZE_PATTERN] if size else []) + ([WORD_UNLIMITED] if self.unbounded else [])
        forms: list[Schema] = [{"type": "integer", "minimum": 0, "maximum": MAXIMUM}]
        if words:
            forms.append({"type": "string", "pattern": f"^(?:{'|'.join(words)})$"})
        definitions[name] = {"title": name, "description": self._description(), "anyOf": forms}
        return {"$ref": f"#/$defs/{name}"}

    def _description(self) -> str:
        """What may be written, in one sentence."""
        size = f"A size with a binary unit, such as 640GiB or 1.5TiB, or a whole number of {self.unit}"
        what = "A whole number" if self.unit is Unit.COUNT else size
        return f"{what}; or {WORD_UNLIMITED}." if self.unbounded else f"{what}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which resources a mapping by service and resource may name, and with what values."""

    #: The beginning of its records' names: `Quota`, `ComputeQuota`, `VolumeTypeQuota`.
    name: str
    description: str
    #: The field of a resource, or None where it may not be named.
    field_of: Callable[[Definition], Field | None]
    #: What to tell somebody who names a resource of the catalogue that may not be named.
    otherwise: str = ""
    #: Whether volume types may be named.
    typed: bool = True


def by_resource(choice: Choice) -> Record[dict[Resource, Any]]:
    """The shape `{compute: {cores: …}, block-storage: {…, types: {ssd: {…}}}, network: {…}}`, read into one mapping."""
    fields = []
    for service in Service:
        record = _service(choice, service)
        if record.fields:
            fields.append(Field(key=service, attribute=service.name, shape=record, description=record.description))
    return Record(
        name=choice.name,
        description=choice.description,
        fields=tuple(fields),
        build=_merged,
        synonyms=_SERVICE_SYNONYMS,
    )


def _merged(**services: dict[Resource, Any] | None) -> dict[Resource, Any]:
    return {resource: value for each in services.values() if each for resource, value in each.items()}


def _service(choice: Choice, service: Service) -> Record[dict[Resource, Any]]:
    """The resources of one service."""
    title = service.title().replace("-", "")
    fields = _fields(choice, tuple(CATALOGUE[service].values()))
    typed = _fields(choice, tuple(each for each in CATALOGUE[service].values() if each.per_volume_type))
    if typed and choice.typed:
        fields += (_types(choice, typed),)

    def build(*, types: Mapping[VolumeTypeName, Mapping[str, Any]] | None = None, **whole: Any) -> dict[Resource, Any]:
        found = {Resource(service=service, name=name): value for name, value in whole.items()}
        for volume_type, values in (types or {}).items():
            for name, value in values.items():
                found[Resource(service=service, name=name, volume_type=volume_type)] = value
        return {resource: value for resource, value in found.items() if value is not None}

    return Record(
        name=f"{title}{choice.name}",
        description=f"{choice.name} of the service {service}.",
        fields=fields,
        build=build,
        refused={name: choice.otherwise for name in CATALOGUE[service] if name not in {each.key for each in fields}},
        synonyms=_SYNONYMS,
    )


def _types(choice: Choice, fields: tuple[Field, ...]) -> Field:
    """The part of block storage that is told apart by volume type."""
    record = Record(
        name=f"VolumeType{choice.name}",
        description=f"{choice.name} of one volume type.",
        fields=fields,
        build=dict[str, Any],
        synonyms=_SYNONYMS,
    )
    return Field(
        key="types",
        shape=NamedMap(key=VOLUME_TYPE, value=record),
        description="By volume type, beside the limits of all types together: the service enforces both.",
        example={"ssd": {"gigabytes": "5TiB"}},
    )


def _fields(choice: Choice, definitions: tuple[Definition, ...]) -> tuple[Field, ...]:
    """A field for each resource that may be named."""
    return tuple(each for each in map(choice.field_of, definitions) if each is not None)


def _quantity(each: Definition, *, unbounded: bool = True) -> Field:
    shape = Quantity(unit=each.unit, unbounded=unbounded)
    return Field(key=each.name, shape=shape, description=f"{each.description}.", example=_EXAMPLES[each.unit])


def _envelope(each: Definition) -> Field | None:
    return _quantity(each) if each.additive else None


def _is_capacity(each: Definition) -> bool:
    return Resource(service=each.service, name=each.name) in CAPACITY


def _reserve(each: Definition) -> Field | None:
    return _quantity(each, unbounded=False) if _is_capacity(each) else None


def _overcommit(each: Definition) -> Field | None:
    if not _is_capacity(each):
        return None
    shape = Ratio(lowest=Decimal("0.01"), highest=Decimal(1000))
    return Field(key=each.name, shape=shape, description=f"{each.description}: allocatable to physical.", example=4.0)


QUOTA: Final = by_resource(
    Choice(
        name="Quota",
        description="What a project may hold. What is not named stays as it is in the cloud.",
        field_of=_quantity,
    )
)
ENVELOPE: Final = by_resource(
    Choice(
        name="Envelope",
        description="The most that a tenant and all below it may hold in one cloud. What is not named is not bounded here.",
        field_of=_envelope,
        otherwise="leave it out: limits of this kind do not add up, so that an envelope over them has no meaning",
    )
)
_ONLY_CAPACITY: Final = (
    f"leave it out: only {', '.join(str(each) for each in CAPACITY)} are known as a cloud's capacity"
)


RESERVE: Final = by_resource(
    Choice(
        name="Reserve",
        description="What is kept back from allocation, for failures of hosts and for maintenance.",
        field_of=_reserve,
        otherwise=_ONLY_CAPACITY,
        typed=False,
    )
)
OVERCOMMIT: Final = by_resource(
    Choice(
        name="Overcommit",
        description="How many times what is physically there may be allocated; what is not named is as the cloud says.",
        field_of=_overcommit,
        otherwise=_ONLY_CAPACITY,
        typed=False,
    )
)
