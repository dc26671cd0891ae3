"""Names stand once, and no two clouds are the same."""

from typing import Any


def test_second_cloud_of_a_name_is_refused(manifests: Any) -> None:
    """The second place is told, and where the first is."""
    again = manifests.files["cloud.yaml"].replace("domain: government", "domain: other")
    changed = manifests.add("z.yaml", again)
    problem = changed.problem()
    assert problem.location == changed.place("z.yaml", "city\n  displayName")
    assert (problem.path, problem.message) == (
        "metadata.name",
        'the cloud "city" is described a second time; the first is at cloud.yaml:4:9',
    )
    assert problem.remedy == "give it a name of its own, or make one manifest of the two"


def test_second_tenant_of_a_name_is_refused_in_the_same_file_too(manifests: Any) -> None:
    """Two documents of one file are no better than two files."""
    root = manifests.files["root.yaml"]
    changed = manifests.add("root.yaml", f"{root}---\n{root}")
    problem = changed.problem()
    assert (problem.location.line, problem.location.column, problem.path) == (11, 18, "metadata.name")
    assert problem.message == 'the tenant "shenzhen" is described a second time; the first is at root.yaml:3:18'


def test_cloud_and_tenant_may_share_a_name(manifests: Any) -> None:
    """A district and its cloud are both called by the district's name."""
    changed = manifests.add("more.yaml", manifests.files["root.yaml"].replace("name: shenzhen", "name: city"))
    assert changed.problems() == []


def test_same_domain_of_the_same_cloud_is_refused_under_a_second_name(manifests: Any) -> None:
    """Two manifests of one domain would each take the other's projects for strangers."""
    again = manifests.files["cloud.yaml"].replace("name: city\n", "name: other\n")
    changed = manifests.add("other.yaml", again)
    problem = changed.problem()
    assert problem.location == changed.place("other.yaml", "municipal-cloud")
    assert str(problem).endswith(
        'error: spec.cloud: is "municipal-cloud" with the domain "government", as the cloud "city" is already '
        "(name another entry of clouds.yaml, or another domain)"
    )


def test_another_domain_of_the_same_cloud_is_another_cloud(manifests: Any) -> None:
    """One OpenStack may hold two domains of ours."""
    again = manifests.files["cloud.yaml"].replace("name: city\n", "name: other\n")
    assert manifests.add("other.yaml", again.replace("government", "hospitals")).problems() == []


def test_clouds_without_a_domain_are_not_the_same_for_that(manifests: Any) -> None:
    """Each is told that its domain is missing, and no more."""
    broken = manifests.files["cloud.yaml"].replace("  domain: government\n", "")
    changed = manifests.add("cloud.yaml", broken).add("other.yaml", broken.replace("name: city\n", "name: other\n"))
    assert [each.path for each in changed.validation().problems] == ["spec.domain", "spec.domain"]
