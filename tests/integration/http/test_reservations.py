"""What requests hold while they wait, over HTTP: line by line and added up, to each as much as is theirs to see."""

from typing import Any

import pytest

from provisioner.access import Role
from tests.integration.http.conftest import YAML, Client, LogIn, departments

Made = dict[str, Any]


@pytest.fixture
def members(log_in: LogIn, in_force: None) -> dict[str, Client]:
    """An engineer of each department."""
    return {name: log_in(Role.MEMBER, name, f"{name} 的工程师") for name in departments()}


@pytest.fixture
def made(members: dict[str, Client]) -> Made:
    """A request of each department, for one core more than it has; the archive's counts at the market's envelope too."""
    found = {}
    for name, held in (("market", 6), ("archive", 2), ("transport", 4)):
        text = departments()[name].replace(f"cores: {held}", f"cores: {held + 1}")
        answer = members[name].post("/v1/requests", content=text, headers=YAML)
        assert answer.status_code == 201, answer.text
        found[name] = answer.json()
    return found


def lines(client: Client, query: str = "", *, totals: bool = False) -> list[tuple[str | None, int]]:
    """Tenant and amount of each line."""
    items = client.get(f"/v1/reservations{'/totals' if totals else ''}?{query}").json()["items"]
    return [(each["tenant"], each["amount"]) for each in items]


def test_every_line_is_listed_with_its_request(made: Made, operator: Client) -> None:
    """At the tenant, at those above, and of the whole cloud."""
    assert sorted(lines(operator), key=str) == [
        *(("archive", 1), ("market", 1), ("market", 1), ("transport", 1), (None, 1), (None, 1), (None, 1)),
    ]
    first = operator.get("/v1/reservations").json()["items"][0]
    request = made["market"]
    assert [first[name] for name in ("request", "requester", "state", "expiresAt", "displayName")] == [
        *(request["id"], "market 的工程师", "administrative-review", request["expiresAt"], "市市场监督管理局")
    ]


def test_lines_are_added_up(made: Made, operator: Client) -> None:
    """By cloud, tenant and resource; the whole cloud first."""
    assert lines(operator, totals=True) == [(None, 3), ("archive", 1), ("market", 2), ("transport", 1)]


@pytest.mark.parametrize(
    ("query", "number"),
    [("cloud=city", 7), ("cloud=district", 0), ("tenant=market", 2), ("cloud=city&tenant=archive", 1)],
)
def test_lines_are_filtered(made: Made, operator: Client, query: str, number: int) -> None:
    """By cloud and tenant."""
    assert len(lines(operator, query)) == number


def test_the_lines_of_one_request(made: Made, operator: Client) -> None:
    """None once it gave back what it had reserved."""
    archive = made["archive"]["id"]
    assert len(lines(operator, f"request={archive}")) == 3
    operator.post(f"/v1/requests/{archive}/withdraw")
    assert lines(operator, f"request={archive}") == []
    assert lines(operator, totals=True) == [(None, 2), ("market", 1), ("transport", 1)]


def test_a_member_sees_its_own_part_of_the_tree(made: Made, members: dict[str, Client]) -> None:
    """What is reserved of envelopes above, of others', and of the whole cloud is not for it."""
    assert sorted(lines(members["market"])) == [("archive", 1), ("market", 1), ("market", 1)]
    assert lines(members["archive"]) == [("archive", 1)]
    assert lines(members["archive"], totals=True) == [("archive", 1)]
    assert lines(members["transport"], f"request={made['market']['id']}") == []


def test_pages_go_on_where_the_last_one_ended(made: Made, operator: Client) -> None:
    """Of lines, and of what they add up to."""
    for path, whole in (("/v1/reservations", 7), ("/v1/reservations/totals", 4)):
        read, cursor = [], ""
        while cursor is not None:
            page = operator.get(f"{path}?limit=2{cursor and f'&cursor={cursor}'}").json()
            read += [str(each) for each in page["items"]]
            cursor = page["next"]
        assert (len(read), len(set(read))) == (whole, whole)
