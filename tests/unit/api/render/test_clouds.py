"""What is left of clouds."""

from typing import Any

from api.render.clouds import as_document, print_clouds
from tenants.envelopes import Amount, CloudTotal
from tenants.names import CloudName
from tenants.resources import Resource, Service


def _total(name: str, allocatable: int | None, **amount: int) -> CloudTotal:
    service, _, key = name.partition("/")
    return CloudTotal(
        cloud=CloudName("city"),
        resource=Resource(service=Service(service), name=key),
        allocated=Amount(**amount),
        allocatable=allocatable,
    )


def test_what_is_left_of_a_cloud(show: Any) -> None:
    """Too much is a negative rest; what has no limit is counted."""
    totals = [_total("compute/cores", 23760, total=4400), _total("compute/ram", 1024, total=2048, unlimited=2)]
    assert show(print_clouds, totals) == (
        "\n"
        "Clouds: what is allocated of what can be given out\n"
        "cloud  resource            allocated  can give out          left\n"
        "city   cores                    4400         23760   18%   19360\n"
        "city   ram       2 GiB + 2 unlimited         1 GiB  200%  -1 GiB\n"
    )


def test_a_capacity_that_is_not_known(show: Any) -> None:
    """Nothing is made up for it."""
    shown = show(print_clouds, [_total("network/port", None, total=5)]).splitlines()
    assert shown[-1].split() == ["city", "port", "5", "-", "-", "-"]


def test_no_capacity_at_all(show: Any) -> None:
    """Not even a title."""
    assert show(print_clouds, []) == ""


def test_clouds_as_a_document() -> None:
    """In the units of the services' APIs."""
    assert as_document([_total("compute/ram", 1024, total=2048, unlimited=2)]) == {
        "clouds": [
            {
                "cloud": "city",
                "resource": "compute/ram",
                "unit": "MiB",
                "allocated": 2048,
                "unlimitedProjects": 2,
                "allocatable": 1024,
                "left": -1024,
            }
        ]
    }
