"""Diagrams of a city's applications."""

from collections.abc import Callable
from typing import Any

import pytest

from api.render.graph.chosen import Reach, diagram_of
from api.render.graph.diagram import Diagram
from tenants.names import ApplicationName
from tenants.spec import City
from tests.unit.api.render.graph.documents import OTHERS, REGISTRATION, application, city_of

Draw = Callable[..., Diagram]


@pytest.fixture(scope="session")
def city() -> City:
    """All of it."""
    others = [application(name, shown, rest) for name, (shown, rest) in OTHERS.items()]
    return city_of(application("registration", "商事登记", REGISTRATION), *others)


@pytest.fixture
def draw(city: City) -> Draw:
    """A diagram of the applications named, in a city of its own where documents are given."""

    def drawn(*names: str, documents: tuple[str, ...] = (), **reach: Any) -> Diagram:
        where = city_of(*documents) if documents else city
        return diagram_of(where, [ApplicationName(each) for each in names], Reach(**reach))

    return drawn
