"""A flowchart that Mermaid reads, whatever the names hold."""

import re
from typing import Any

from api.render.graph.mermaid import mermaid
from tests.unit.api.render.graph.documents import application

_NODE = re.compile(r'^\s+(?:subgraph )?\w+(?:\[\(|\(\[|\[|>)?"[^"`<>]*(?:<br/>[^"`<>]*)*"(?:\)\]|\]\)|\])(?::::\w+)?$')


def test_every_kind_of_part_has_its_shape(draw: Any) -> None:
    """A cylinder for a volume, round ends for a network, a flag for an address."""
    text = mermaid(draw("registration"))
    assert re.search(r'\[\("root<br/>20 GiB<br/>image guest"\)\]:::volume', text)
    assert re.search(r'\(\["app<br/>10.20.0.0/24"\]\):::network', text)
    assert re.search(r'>"portal<br/>203.0.113.7<br/>to web-2"\]:::address', text)
    assert '["web ×3<br/>web-1 … web-3<br/>' in text


def test_dependencies_are_arrows_between_applications(draw: Any) -> None:
    """From what depends to what it depends on."""
    lines = mermaid(draw()).splitlines()
    assert "  app_registration --> app_credit" in lines
    assert sum("-->" in line for line in lines) == 4


def test_one_that_is_only_described_is_dashed(draw: Any) -> None:
    """By its class."""
    text = mermaid(draw("grid"))
    assert "  class app_grid level3Faint" in text
    assert re.search(r"classDef level3Faint .*stroke-dasharray", text)


def test_what_mermaid_takes_for_syntax_stands_as_entities(draw: Any) -> None:
    """Quotes, brackets, tags, comments and back-ticks in names break nothing, and no name becomes a keyword."""
    evil = application(
        "end", "'a\"b <i> `c` %% #35;'", '  servers: [{name: "x]) --> y", image: guest, flavor: small}]\n'
    )
    lines = mermaid(draw("end", documents=(evil,))).splitlines()
    assert '  subgraph app_end["a#34;b #60;i#62; #96;c#96; #37;#37; #35;35;<br/>end' in "\n".join(lines)
    nodes = [line for line in lines if '"' in line and not line.startswith("title")]
    assert [line for line in nodes if not _NODE.match(line)] == []
