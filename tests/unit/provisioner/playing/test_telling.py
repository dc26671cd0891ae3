"""What is kept of what Ansible tells."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provisioner.playing.masking import masker
from provisioner.playing.played import Outcome
from provisioner.playing.telling import KEPT, Telling


def telling(**secrets: str) -> Telling:
    """Listens to a run in two servers."""
    return Telling(servers={"server-1": "web-1", "server-2": "web-2"}, mask=masker(secrets))


def event(kind: str, host: str = "server-1", *, task: str = "Do it", **data: Any) -> dict[str, Any]:
    """A record of ansible-runner's."""
    return {"event": kind, "event_data": {"host": host, "task": task, "task_uuid": task, "duration": 0.5, **data}}


def outcomes(told: Telling, *, ended: bool = True) -> dict[str, Outcome]:
    """How it went, by server."""
    return {each.server: each.outcome for each in told.results(ended=ended)}


def test_each_task_is_told_with_its_server_and_time() -> None:
    """By the server's name, not the inventory's."""
    told = telling()
    told(event("runner_on_ok", res={"changed": True}))
    (only,) = told.events
    assert (only.task, only.server, only.outcome, only.milliseconds) == ("Do it", "web-1", Outcome.CHANGED, 500)


def test_the_first_failure_names_its_task_and_message() -> None:
    """With the code that a command ended with."""
    told = telling()
    told(event("runner_on_ok", res={}))
    told(event("runner_on_failed", task="Stop", res={"msg": "non-zero return code", "rc": 3}))
    result = told.results(ended=True)[0]
    assert (result.outcome, result.task, result.message) == (Outcome.FAILED, "Stop", "non-zero return code (code 3)")


def test_what_is_ignored_is_no_failure() -> None:
    """But it is among the events."""
    told = telling()
    told(event("runner_on_failed", ignore_errors=True, res={"msg": "never mind"}))
    assert told.events[0].outcome is Outcome.IGNORED
    assert outcomes(told)["web-1"] is Outcome.OK


def test_a_failing_item_has_more_to_say_than_its_task() -> None:
    """Whose message is the same for all."""
    told = telling()
    told(event("runner_item_on_failed", res={"msg": "no such unit"}))
    told(event("runner_on_failed", res={"msg": "One or more items failed"}))
    assert told.results(ended=True)[0].message == "no such unit"


def test_where_the_run_did_not_end_only_failures_are_known() -> None:
    """What went well so far is unfinished."""
    told = telling()
    told(event("runner_on_ok", res={}))
    told(event("runner_on_failed", "server-2", res={"msg": "no"}))
    assert outcomes(told, ended=False) == {"web-1": Outcome.UNFINISHED, "web-2": Outcome.FAILED}


def test_a_server_that_nothing_is_told_of_is_unfinished() -> None:
    """It was never asked."""
    assert outcomes(telling()) == {"web-1": Outcome.UNFINISHED, "web-2": Outcome.UNFINISHED}


def test_changes_of_tasks_that_are_not_logged_are_in_the_statistics() -> None:
    """Ansible's events leave them out."""
    told = telling()
    told(event("runner_on_ok", res={"censored": "hidden"}))
    told({"event": "playbook_on_stats", "event_data": {"changed": {"server-1": 1}}})
    assert outcomes(told)["web-1"] is Outcome.CHANGED


def test_strangers_are_those_in_whom_nothing_was_done() -> None:
    """A server whose connection broke later is none: what was done there is not done again."""
    told = telling()
    for host in ("server-1", "server-2"):
        told(event("runner_on_ok", host, task_action="validate_argument_spec", res={}))
    told(event("runner_on_ok", "server-2", task_action="ansible.builtin.raw", res={}))
    for host in ("server-1", "server-2"):
        told(event("runner_on_unreachable", host, task_action="ansible.builtin.raw", res={"msg": "no route"}))
    assert told.strangers == {"server-1"}
    told.forget(told.strangers)
    assert told.strangers == frozenset()


def test_of_a_long_run_beginning_and_end_are_kept() -> None:
    """And how much is left out between them."""
    told = telling()
    for number in range(2 * KEPT + 7):
        told(event("runner_on_ok", task=f"task {number}", res={}))
    tasks = [each.task for each in told.events]
    assert (len(tasks), tasks[0], tasks[KEPT], told.left_out) == (2 * KEPT, "task 0", f"task {KEPT + 7}", 7)


def test_ansibles_own_complaint_is_kept_without_colours() -> None:
    """From the first line that says so."""
    told = telling(db_credential="hunter2")
    for line in ("PLAY [x]", "\x1b[0;31m[ERROR]: no role hunter2\x1b[0m", "Origin: a.yml"):
        told({"event": "verbose", "stdout": line})
    assert told.complaint == "[ERROR]: no role ******\nOrigin: a.yml"


@given(st.text(min_size=3, max_size=20).filter(lambda text: len(text.strip()) >= 3), st.text(max_size=1200))
def test_no_secret_is_kept_wherever_a_message_is_cut(secret: str, before: str) -> None:
    """It is taken out before that."""
    told = telling(api_token=secret)
    told(event("runner_on_failed", task=f"a {secret}", res={"msg": f"{before}{secret}"}))
    kept = told.results(ended=True)[0]
    assert secret not in kept.message.replace("******", "\0")
    assert secret not in kept.task.replace("******", "\0")
    assert len(kept.message) <= 1001
