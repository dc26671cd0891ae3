"""The catalogue of resources: names as the services know them, and an order that suits everybody."""

from tenants.names import VolumeTypeName
from tenants.resources import CATALOGUE, Resource, Service, Unit, definition

SSD = Resource(service=Service.BLOCK_STORAGE, name="gigabytes", volume_type=VolumeTypeName("ssd"))
GIGABYTES = Resource(service=Service.BLOCK_STORAGE, name="gigabytes")
VOLUMES = Resource(service=Service.BLOCK_STORAGE, name="volumes")
CORES = Resource(service=Service.COMPUTE, name="cores")


def test_resources_are_called_as_in_the_services_apis() -> None:
    """A volume type is a suffix there."""
    assert (SSD.key, str(SSD), str(CORES)) == ("gigabytes_ssd", "block-storage/gigabytes_ssd", "compute/cores")


def test_resources_sort_with_and_without_volume_types() -> None:
    """The limit of all types comes before those of each; nothing is left to chance."""
    order = [GIGABYTES, SSD, VOLUMES, CORES]
    assert sorted([CORES, SSD, VOLUMES, GIGABYTES]) == sorted([VOLUMES, GIGABYTES, CORES, SSD]) == order


def test_catalogue_has_what_the_services_enforce() -> None:
    """Every name once, sizes in the units of the APIs, and what does not add up marked so."""
    names = {service: set(CATALOGUE[service]) for service in Service}
    assert names[Service.COMPUTE] == {
        "instances", "cores", "ram", "metadata_items", "key_pairs", "server_groups", "server_group_members",
    }  # fmt: skip
    assert names[Service.BLOCK_STORAGE] == {
        "volumes", "snapshots", "gigabytes", "per_volume_gigabytes", "backups", "backup_gigabytes", "groups",
    }  # fmt: skip
    assert {"network", "subnet", "port", "router", "floatingip", "security_group"} < names[Service.NETWORK]
    units = {
        each.name: each.unit for entries in CATALOGUE.values() for each in entries.values() if each.unit != "count"
    }
    assert units == {
        "ram": Unit.MEBIBYTE,
        "gigabytes": Unit.GIBIBYTE,
        "per_volume_gigabytes": Unit.GIBIBYTE,
        "backup_gigabytes": Unit.GIBIBYTE,
    }
    apart = {each.name for entries in CATALOGUE.values() for each in entries.values() if not each.additive}
    assert apart == {"metadata_items", "key_pairs", "server_group_members", "per_volume_gigabytes", "router_route"}


def test_definition_of_a_typed_resource_is_that_of_its_name() -> None:
    """A volume type changes whose limit it is, not what it limits."""
    assert definition(SSD) is definition(GIGABYTES)
