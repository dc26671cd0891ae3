"""Validation as a whole: everything is found in one run, and nothing that a file holds raises."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.problems import Location, Problem, Severity
from tenants.validation import Known, validate


def test_right_manifests_make_a_city_without_problems(manifests: Any) -> None:
    """Nothing is wrong, nothing is doubtful."""
    validation = manifests.validation()
    assert validation.problems == ()
    assert (list(validation.city.clouds), sorted(validation.city.tenants)) == (
        ["city"],
        ["market-regulation", "shenzhen"],
    )


def test_nothing_is_an_empty_city() -> None:
    """No files are no mistake here; who asks for something else says so."""
    validation = validate([])
    assert (validation.problems, validation.city.clouds if validation.city else None) == ((), {})


def test_warnings_leave_a_city_and_errors_do_not(manifests: Any) -> None:
    """Only errors stop the flow."""
    doubtful = manifests.edit("tenant.yaml", "zone: extranet\n", "zone: extranet\n      state: retired\n").validation()
    assert [each.severity for each in doubtful.problems] == [Severity.WARNING]
    assert doubtful.city is not None
    assert manifests.edit("tenant.yaml", "zone: extranet", "zone: x").validation().city is None


def test_all_stages_report_in_one_run_over_all_files(manifests: Any) -> None:
    """A broken file, a wrong shape and a broken rule are told together, in the order of files and lines."""
    changed = (
        manifests.edit("tenant.yaml", "zone: extranet", "zone: extrant")
        .edit("tenant.yaml", "cores: 160", "cores: 160GB")
        .edit("tenant.yaml", "parent: shenzhen", "parent: shenzen")
        .edit("cloud.yaml", "level: municipal", "level: town")
        .add("a.yaml", "kind: [\n")
        .add("b.yaml", "kind: Tennant\n")
    )
    assert [(str(each.location), each.path) for each in changed.validation().problems] == [
        ("a.yaml:2:1", ""),
        ("b.yaml:1:1", "apiVersion"),
        ("b.yaml:1:1", "metadata"),
        ("b.yaml:1:1", "spec"),
        ("b.yaml:1:7", "kind"),
        ("cloud.yaml:8:10", "spec.level"),
        ("tenant.yaml:7:11", "spec.parent"),
        ("tenant.yaml:18:13", "spec.projects[0].zone"),
        ("tenant.yaml:25:41", "spec.projects[0].quota.compute.cores"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", "1:1: error: a list stands where a manifest is meant (begin with apiVersion, kind, metadata and spec)"),
        ("x", "1:1: error: a value stands where a manifest is meant (begin with apiVersion, kind, metadata and spec)"),
        ("a: 1", "1:1: error: kind: is missing (add it, one of: Cloud, Tenant, Application, Policy, PriceList, Wave)"),
        (
            "kind: Pod",
            '1:7: error: kind: "Pod" is not a kind of manifest (one of: Cloud, Tenant, Application, Policy, PriceList, Wave)',
        ),
        (
            "kind: [Cloud]",
            "1:1: error: kind: a list is not a kind of manifest (one of: Cloud, Tenant, Application, Policy, PriceList, Wave)",
        ),
        (
            "kind:",
            '1:1: error: kind: "" is not a kind of manifest (one of: Cloud, Tenant, Application, Policy, PriceList, Wave)',
        ),
    ],
)
def test_document_of_no_kind_is_told_so(text: str, expected: str) -> None:
    """What is no manifest at all gets one problem, not many."""
    assert [str(each) for each in validate([("a.yaml", text.encode())]).problems] == [f"a.yaml:{expected}"]


def test_misspelt_kind_is_read_as_the_nearest(manifests: Any) -> None:
    """Its name is known, its other mistakes are told, and whoever refers to it is not blamed."""
    changed = manifests.edit("root.yaml", "kind: Tenant", "kind: tenant").edit("root.yaml", "cores: 1000", "cores: x")
    assert changed.problems() == [
        'root.yaml:2:7: error: kind: "tenant" is not known here (write Tenant)',
        'root.yaml:7:29: error: spec.envelope.city.compute.cores: "x" is not a limit (write a whole number, or unlimited)',
    ]


def test_other_version_is_refused(manifests: Any) -> None:
    """There is one version of the language so far."""
    changed = manifests.edit("root.yaml", "tenantry/v1", "tenantry/v2")
    assert changed.problems() == [
        'root.yaml:1:13: error: apiVersion: "tenantry/v2" is not known here (write tenantry/v1)'
    ]


@pytest.mark.parametrize(
    "rest", ["spec: {protectionLevel: 3\n", "spec:\n\tprotectionLevel: 3\n", "spec: {protectionLevel: x}\n"]
)
def test_reference_to_a_broken_manifest_is_not_blamed(manifests: Any, rest: str) -> None:
    """A parent whose own document is broken exists all the same."""
    head = "apiVersion: tenantry/v1\nkind: Tenant\nmetadata: {name: shenzhen, displayName: 深圳市}\n"
    problems = manifests.add("root.yaml", head + rest).validation().problems
    assert {each.location.file for each in problems} == {"root.yaml"}


def test_reference_to_a_manifest_of_no_kind_is_not_blamed(manifests: Any) -> None:
    """It may have been meant."""
    problems = manifests.edit("root.yaml", "kind: Tenant", "kind: Bureau").validation().problems
    assert [each.path for each in problems] == ["kind"]


def test_sources_tell_where_everything_stands(manifests: Any) -> None:
    """What is found wrong later, against a cloud, can be told with its place."""
    sources = manifests.validation().sources
    quota = sources["Tenant", "market-regulation", "spec.projects[0].quota.block-storage.types.ssd.gigabytes"]
    assert quota == manifests.place("tenant.yaml", "5TiB")
    assert sources["Cloud", "city", "spec.zones[1].protectionLevels"] == manifests.place(
        "cloud.yaml", "protectionLevels: [2, 3]"
    )
    assert sources["Tenant", "shenzhen", ""] == Location(file="root.yaml", line=1, column=1)
    assert len(sources) == len(set(sources)) > 90
    with pytest.raises(KeyError):
        sources["Tenant", "nobody", ""]
    with pytest.raises(KeyError):
        sources["Tenant", "shenzhen", "spec.parent"]


def test_problem_reads_as_compilers_say_it() -> None:
    """File, line and column first, so that editors jump there."""
    location = Location(file="a.yaml", line=3, column=7)
    assert (
        str(Problem(location=location, path="spec.x", message="is wrong", remedy="mend it"))
        == "a.yaml:3:7: error: spec.x: is wrong (mend it)"
    )
    assert (
        str(Problem(location=location, path="", message="is wrong", severity=Severity.WARNING))
        == "a.yaml:3:7: warning: is wrong"
    )


PIECES = [
    "- ",
    "? ",
    ": ",
    "\n",
    "\n---\n",
    "&a ",
    "*a",
    "!!x ",
    "<<: *a\n",
    "[",
    "]",
    "{",
    "}",
    "\t",
    "'",
    '"',
    "|\n",
    "#",
    "%",
    "@",
    "\x00",
    "\u2028",
    "：",
    "~",
    "010",
    "1e400",
    "9" * 5000,
    "-1",
    "unlimited",
    "1.3TiB",
    "640GB",
    "2027-13-01",
    "no",
    "\ufeff",
    "zone: x\n",
    "\r",
]


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """A manifest with pieces of YAML put in, cut out and moved about."""
    for _ in range(draw(st.integers(0, 6))):
        begin = draw(st.integers(0, len(text)))
        end = draw(st.integers(begin, min(len(text), begin + 25)))
        other = draw(st.integers(0, len(text)))
        piece = draw(st.sampled_from([*PIECES, text[other : other + 30]]))
        text = text[:begin] + piece + text[end:]
    return text


@given(st.binary(max_size=400))
def test_no_bytes_raise(content: bytes) -> None:
    """Whatever a file holds, there is an answer."""
    assert validate([("a.yaml", content)]).city is not None or validate([("a.yaml", content)]).problems


@given(st.text(alphabet=st.sampled_from(list("ab:-?[]{}#&*!|>'\"%@` \n\t~<,.0123")), max_size=200))
def test_no_yaml_raises(text: str) -> None:
    """Nor does anything that looks like YAML."""
    assert all(str(each) for each in validate([("a.yaml", text.encode())]).problems)


@given(st.data(), st.randoms(use_true_random=False))
def test_no_damage_raises_and_order_is_irrelevant(manifests: Any, data: st.DataObject, order: random.Random) -> None:
    """Damaged manifests are judged the same in whatever order their files come, and every problem has a place."""
    files = [(name, data.draw(damaged(text)).encode()) for name, text in manifests.files.items()]
    validation = validate(files)
    assert all(each.location.line >= 1 and each.location.column >= 1 for each in validation.problems)
    assert (validation.city is None) == any(each.severity is Severity.ERROR for each in validation.problems)
    assert len(validation.sources) == len(set(validation.sources))
    order.shuffle(files)
    again = validate(files)
    assert (again.problems, again.city) == (validation.problems, validation.city)


def test_what_was_read_before_counts_the_same(manifests: Any) -> None:
    """Right or wrong, beside others or alone; and a file that says something else is read."""
    whole = [(name, text.encode()) for name, text in manifests.files.items()]
    known = Known()
    for files in (whole, [*whole, ("bad.yaml", b"kind: Nothing\n")], whole, whole[:1], [(whole[0][0], b"kind: [\n")]):
        again, fresh = validate(files, known=known), validate(files)
        assert (again.city, again.problems) == (fresh.city, fresh.problems)


def test_no_more_is_kept_than_is_to_be() -> None:
    """The files that were asked for last."""
    known = Known(most=2)
    for name in ("a", "b", "a", "c"):
        known.file(name, b"kind: Nothing\n")
    assert [name for name, _ in known._files] == ["a", "c"]
