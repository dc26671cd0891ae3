"""What waves must agree on with clouds, tenants and applications, each mistake told where it stands."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.problems import Severity

Told = Callable[..., list[str]]
PIECES = [
    *(
        "",
        "{}",
        "[]",
        "~",
        '""',
        "\n",
        ", ",
        ": ",
        "- ",
        "0",
        "-1",
        "30m",
        "99999d",
        "2027-02-29T22:00",
        "Europe/Berlin",
    ),
    *(
        "live",
        "import",
        "cross-project",
        "registration",
        "credit",
        "finance",
        "city",
        "baoan",
        "recovery",
        "web-1",
        "root",
    ),
    *("{cloud: city, host: a}", "{a: b}", "[a, b]", "{name: credit}", "state: absent", "\x00", "市", "9" * 400),
]
WITHIN = "mode: cold\n  source: {cloud: city}\n  target: {cloud: city}\n"
BETWEEN = "mode: cross-cloud\n  source: {cloud: city}\n  target: {cloud: baoan, project: recovery}\n"


def test_unknown_clouds_are_told_once(wave: Any) -> None:
    """And not again of every application."""
    assert len(wave.edit("wave.yaml", "source: {cloud: city}", "source: {cloud: cite}").problems()) == 1
    assert len(wave.edit("wave.yaml", "{cloud: baoan,", "{cloud: baon,").problems()) == 1


@pytest.mark.parametrize("mode", ["  mode: cross-clouds\n", "  mode: [cross-cloud]\n", ""])
def test_a_mode_that_is_none_is_told_once(wave: Any, mode: str) -> None:
    """Its places are not held against another mode, which nobody wrote."""
    assert wave.edit("wave.yaml", "  mode: cross-cloud\n", mode).problem().path == "spec.mode"


def test_right_waves_have_no_problems(wave: Any, arrival: Any) -> None:
    """Neither the one between clouds nor the import; each is in the city by its name."""
    assert (list(wave.city().waves), list(arrival.city().waves)) == (["spring"], ["arrival"])
    assert wave.problems() == arrival.problems() == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "owner: shenzhen",
            "owner: shenzen",
            'spec.owner: no tenant is called "shenzen" (did you mean "shenzhen"?)',
        ),
        (
            "owner: shenzhen",
            "owner: finance",
            (
                'spec.applications[0].name: belongs to "market-regulation", which is neither "finance" nor below it '
                "(leave it out, or let a tenant above both own the wave)"
            ),
        ),
        (
            "source: {cloud: city}",
            "source: {cloud: cite}",
            'spec.source.cloud: no cloud is called "cite" (did you mean "city"?)',
        ),
        (
            "  source: {cloud: city}\n",
            "",
            "spec.source: is missing (say which cloud the applications are in: {cloud: …})",
        ),
        (
            "{cloud: baoan, project: recovery}",
            "{cloud: city, project: recovery}",
            (
                'spec.target.cloud: "city" is the cloud that the applications are in '
                "(name another cloud, or another mode: cross-project, cold or live)"
            ),
        ),
        (
            "mode: cross-cloud",
            "mode: cross-project",
            (
                'spec.target.cloud: the mode cross-project stays in one cloud, and the applications are in "city" '
                "(write city, or mode: cross-cloud)"
            ),
        ),
        (
            "{cloud: city}",
            "{cloud: city, host: compute-1}",
            "spec.source.host: a source host is for the modes live and cold; this wave's is cross-cloud (leave it out)",
        ),
        (
            "- {name: credit}",
            "- {name: credti}",
            'spec.applications[1].name: no application is called "credti" (did you mean "credit"?)',
        ),
        (
            "- {name: credit}",
            "- {name: credit, project: recovry}",
            (
                'spec.applications[1].project: the tenant "market-regulation" has no project "recovry" '
                '(did you mean "recovery"?)'
            ),
        ),
        (
            "project: recovery",
            "project: elsewhere",
            (
                'spec.target.project: the project "elsewhere" of "market-regulation" is in the cloud "city", not in "baoan" '
                "(name another: one of: recovery, public)"
            ),
        ),
        (
            ", project: recovery",
            "",
            (
                'spec.applications[0]: the project "registration" of "market-regulation" is in the cloud "city", not in '
                '"baoan" (name one by project: one of: recovery, public)'
            ),
        ),
        (
            "- {name: credit}",
            "- {name: credit, project: public}",
            (
                'spec.applications[1].project: level 3 is above that of the project "public", 2 '
                "(name another: one of: recovery, public)"
            ),
        ),
        (
            "- {name: registration}",
            "- {name: registration, servers: [web-1, db, web-3]}",
            (
                'spec.applications[0].servers[2]: the application "registration" has no server "web-3" '
                '(did you mean "web-2"?)'
            ),
        ),
        (
            "- {name: registration}",
            "- {name: registration, servers: [db, web-1]}",
            (
                "spec.applications[0].servers: web-2 would stay behind, and an application is in one project "
                "(leave servers out, so that all of it moves, or describe what moves as an application of its own)"
            ),
        ),
        (
            "end: 2027-03-07T06:00",
            "end: 2027-03-06T06:00",
            "spec.window.end: the window ends no later than it begins, at 2027-03-06T22:00+08:00 (name a later time)",
        ),
        (
            "- {name: credit}",
            "- {name: credit, downtime: 8h1m}",
            "spec.applications[1].downtime: 8h1m is longer than the window, which has 8h (write 8h at most)",
        ),
        (
            "- {name: credit}",
            "- {name: credit, imports: [{server: a, disks: [{volume: a, file: a}]}]}",
            "spec.applications[1].imports: disk images are for the mode import; this wave's is cross-cloud (leave it out)",
        ),
    ],
)
def test_mistakes_are_told(told: Told, old: str, new: str, said: str) -> None:
    """With what would be right."""
    assert f"error: {said}" in told(old, new)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", []),
        (
            "mappings: {networks: {a: b}}",
            ["error: spec.mappings: mappings are for what is built anew; this wave's is cold (leave it out)"],
        ),
    ],
)
def test_waves_within_a_cloud_map_nothing(wave: Any, told: Told, more: str, said: list[str]) -> None:
    """The servers stay the same servers."""
    whole = wave.edit("wave.yaml", BETWEEN, WITHIN)
    assert told("owner: shenzhen", f"owner: shenzhen\n  {more}", whole) == said


def test_waves_within_a_cloud_change_no_project(wave: Any, told: Told) -> None:
    """Neither of all applications nor of one; a source host is theirs."""
    whole = wave.edit("wave.yaml", BETWEEN, WITHIN.replace("source: {cloud: city}", "source: {cloud: city, host: a}"))
    said = told("- {name: credit}", "- {name: credit, project: elsewhere}", whole)
    assert said == [
        "error: spec.applications[1].project: servers change their project only by copies; this wave's is cold (leave it out)"
    ]


def test_applications_are_where_the_wave_takes_them_from(wave: Any) -> None:
    """A wave from another cloud does not find them."""
    changed = wave.edit("wave.yaml", "source: {cloud: city}", "source: {cloud: baoan}").edit(
        "wave.yaml", "{cloud: baoan, project: recovery}", "{cloud: city, project: elsewhere}"
    )
    problem = changed.validation().problems[0]
    assert problem.message == 'is in the cloud "city", and the wave takes it from "baoan"'


@pytest.mark.parametrize("servers", ["[db, web]", "[db, web-1, web-2]"])
def test_an_application_whose_servers_are_all_named_moves_whole(wave: Any, told: Told, servers: str) -> None:
    """By their own names or by that before the number; one that is to be taken away is not missed."""
    assert told("- {name: registration}", f"- {{name: registration, servers: {servers}}}") == []
    gone = wave.edit("applications.yaml", "{name: web, replicas: 2,", "{name: web, state: absent, replicas: 2,")
    assert told("- {name: registration}", "- {name: registration, servers: [db]}", gone) == []


def test_within_a_cloud_an_application_may_move_in_part(wave: Any, told: Told) -> None:
    """It stays in its project."""
    whole = wave.edit("wave.yaml", BETWEEN, WITHIN)
    assert told("- {name: registration}", "- {name: registration, servers: [db]}", whole) == []


def test_a_volume_that_nothing_has_is_told_to_stay(wave: Any) -> None:
    """No server takes it along."""
    alone = wave.edit("applications.yaml", ", size: 100GiB, server: db}", ", size: 100GiB}")
    problem = alone.problem()
    assert (problem.severity, problem.path) == (Severity.WARNING, "spec.applications[0].name")
    assert problem.message == (
        'its volume "data" is attached to no server, and stays behind: an empty one would be made there'
    )


def test_what_moved_already_is_warned_of(wave: Any) -> None:
    """The application's manifest follows the move while the wave is still in force."""
    moved = wave.add(
        "applications.yaml", wave.files["applications.yaml"].replace("project: registration", "project: recovery")
    )
    assert {each.message for each in moved.validation().problems} == {
        'is in the project "recovery" of the cloud "baoan" already'
    }
    assert moved.city().waves


def test_projects_that_are_given_back_take_nothing(wave: Any) -> None:
    """What is retired is being emptied."""
    changed = wave.edit("tenant.yaml", "{name: recovery, ", "{name: recovery, state: retired, ")
    assert 'the project "recovery" is retired, and can hold no application' in {
        each.message for each in changed.validation().problems
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("state: absent", 'the application "credit" is to be taken away'),
        ("manage: observe", 'the application "credit" is only described, and nothing of it is ever changed'),
    ],
)
def test_applications_that_nobody_keeps_do_not_move(wave: Any, line: str, message: str) -> None:
    """Those that go away, and those that are left as they are."""
    text = wave.files["applications.yaml"] + f"  {line}\n"
    assert wave.add("applications.yaml", text).problem().message == message


def test_dependencies_that_stay_are_warned_of(wave: Any) -> None:
    """What the application needs is then in another cloud; what goes along is not told."""
    text = wave.files["applications.yaml"].replace("  servers:\n", "  dependsOn: [credit, budget]\n  servers:\n")
    problem = wave.add("applications.yaml", text).problem()
    assert (problem.path, problem.message) == (
        "spec.applications[0].name",
        'depends on "budget", which is not in this wave and stays in the cloud "city"',
    )


def test_two_waves_at_one_time_are_warned_of(wave: Any) -> None:
    """Nobody knows which would come first; where their windows part, nothing is said."""
    other = wave.files["wave.yaml"].replace("name: spring", "name: summer").replace("    - {name: credit}\n", "")
    problem = wave.add("z.yaml", other).problem()
    assert problem.message == 'the wave "spring" may move "registration" at the same time'
    later = other.replace(
        "start: 2027-03-06T22:00, end: 2027-03-07T06:00", "start: 2027-03-07T06:00, end: 2027-03-08T06:00"
    )
    assert wave.add("z.yaml", later).problems() == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "target: {cloud: city}",
            "target: {cloud: city}\n  source: {cloud: city}",
            "spec.source: disk images come from no cloud",
        ),
        (
            "server: db",
            "server: web-1",
            'spec.applications[0].imports[0]: the server "web-1" boots from the image "guest"',
        ),
        (
            "server: db",
            "server: dv",
            'spec.applications[0].imports[0].server: the application "registration" has no server "dv"',
        ),
        (
            "target: {cloud: city}",
            "target: {cloud: city, project: elsewhere}",
            (
                'spec.target.project: the application "registration" is in the project "registration" '
                "(leave project out, or change it in its manifest)"
            ),
        ),
        (
            "volume: data",
            "volume: date",
            'spec.applications[0].imports[0].disks[1].volume: the application "registration" has no volume "date"',
        ),
        (
            "            - {volume: root, file: old/root.vmdk}\n",
            "",
            'spec.applications[0].imports[0]: the server "db" boots from the volume "root", which is not among its disks',
        ),
        (
            "file: old/root.vmdk",
            "file: ../root.vmdk",
            'spec.applications[0].imports[0].disks[0].file: "../root.vmdk" is not allowed here',
        ),
    ],
)
def test_mistakes_of_imports_are_told(arrival: Any, old: str, new: str, said: str) -> None:
    """Where they stand."""
    assert any(f"error: {said}" in each for each in arrival.edit("wave.yaml", old, new).problems())


@pytest.mark.parametrize(
    ("volume", "message"),
    [
        ("size: 20GiB", 'the server "db" boots from the volume "root", which is not bootable'),
        (
            "size: 20GiB, image: guest",
            'the volume "root" is made from the image "guest", and not from a disk that is imported',
        ),
    ],
)
def test_imported_servers_boot_from_what_says_so(arrival: Any, volume: str, message: str) -> None:
    """Otherwise Tenantry would make the volume of an image, or Nova refuse to boot from it."""
    changed = arrival.edit("applications.yaml", "size: 20GiB, bootable: true", volume)
    assert message in {each.message for each in changed.validation().problems}


@given(st.data())
def test_no_damage_raises(wave: Any, arrival: Any, data: st.DataObject) -> None:
    """Whatever stands in a wave, there is an answer, and its errors leave no city."""
    whole = data.draw(st.sampled_from([wave, arrival]))
    text = whole.files["wave.yaml"]
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(begin, min(len(text), begin + 20)))
        text = text[:begin] + data.draw(st.sampled_from(PIECES)) + text[end:]
    validation = whole.add("wave.yaml", text).validation()
    assert (validation.city is None) == any(each.severity is Severity.ERROR for each in validation.problems)


def test_imports_of_nothing_are_told(arrival: Any, told: Told) -> None:
    """An import without disk images would build nothing."""
    text = arrival.files["wave.yaml"]
    assert told(text[text.index("      imports:") :], "", arrival) == [
        "error: spec.applications[0]: comes from disk images, and names none (add imports: its servers with their disks)"
    ]


def test_waves_that_are_over_are_judged_no_more(wave: Any) -> None:
    """What they name may be gone; they are in no city."""
    over = wave.edit("wave.yaml", "owner: shenzhen", "owner: nobody\n  state: absent")
    assert (over.problems(), over.city().waves) == ([], {})
