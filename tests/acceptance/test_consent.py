"""`tenantry apply` on a terminal: it shows the plan, asks, and does just what was consented to."""

import signal

from tests.acceptance.manifests import DISPLAY_NAME, QUOTA
from tests.acceptance.records import rows, unfinished
from tests.acceptance.shell import ERROR, INTERRUPTED, NOTHING
from tests.acceptance.site import Site
from tests.acceptance.terminal import terminal
from tests.acceptance.traffic import writes

_QUESTION = "Apply this plan?"


def test_yes_applies_it(site: Site) -> None:
    """The plan stands above the question, in Chinese; afterwards it is done."""
    with terminal(site.tenantry, "apply", site.folder) as seen:
        seen.shows(_QUESTION)
        assert f"{DISPLAY_NAME} ({site.name}) on city" in seen.text
        seen.type("y")
        assert "1 done." in seen.wait().must_be(NOTHING).out
    site.must_be_as_asked()


def test_no_changes_nothing(site: Site) -> None:
    """Whoever does not consent gets nothing, and no operation is on record."""
    with terminal(site.tenantry, "apply", site.folder) as seen:
        seen.shows(_QUESTION)
        seen.type("n")
        seen.wait().must_be(ERROR)
    assert (site.writes, rows(site.tenantry, "SELECT id FROM tenantry.operations")) == (0, [])


def test_ctrl_c_at_the_question_leaves_at_once(site: Site) -> None:
    """It is a no, said on a line of its own."""
    with terminal(site.tenantry, "apply", site.folder) as seen:
        seen.shows(_QUESTION)
        seen.process.send_signal(signal.SIGINT)
        said = seen.wait().must_be(INTERRUPTED).out.split(_QUESTION)[1]
    assert ("\nNothing was applied." in said.replace("\r", ""), "go on" in said) == (True, False)
    assert site.writes == 0


def test_a_limit_changed_meanwhile_stops_it(site: Site) -> None:
    """Consent is to what was shown: where the cloud has changed since, nothing is written and it says what changed."""
    site.apply()
    site.ask(quota={**QUOTA, "compute": {"instances": 3, "cores": 12, "ram": "8GiB"}})
    mark = site.devcloud.mark()
    with terminal(site.tenantry, "apply", site.folder) as seen:
        seen.shows(_QUESTION)
        site.city.set_limits("compute", site.project_id, {"cores": 9})
        seen.type("y")
        said = seen.wait().must_be(ERROR).out.split(_QUESTION)[1]
    assert ("plan changed" in said, "cores" in said, "run the same command again" in said) == (True, True, True)
    assert (writes(site.devcloud, mark), site.enforced["compute"]["cores"]) == ([], 9)
    site.apply()
    assert (site.enforced["compute"]["cores"], unfinished(site.tenantry)) == (12, [])


def test_a_project_made_meanwhile_is_not_taken_over(site: Site) -> None:
    """Somebody else's project of the same name keeps what it has until a new plan shows it."""
    with terminal(site.tenantry, "apply", site.folder) as seen:
        seen.shows(_QUESTION)
        site.city.make_project(site.keystone_name, "别人的项目")
        site.city.set_limits("compute", site.project_id, {"cores": 31})
        seen.type("y")
        assert "plan changed" in seen.wait().must_be(ERROR).out
    assert (site.enforced["compute"]["cores"], site.members) == (31, set())
