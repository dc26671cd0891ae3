"""An application with every kind of object is right, and stands with its project."""

from typing import Any


def test_right_application_has_no_problems(city: Any) -> None:
    """Nothing is wrong, nothing is doubtful."""
    assert city.problems() == []


def test_application_stands_with_its_project(city: Any) -> None:
    """So that whatever looks at projects finds it; other projects hold none."""
    projects = city.city().tenants["market-regulation"].projects
    assert [[each.name for each in project.applications] for project in projects] == [["registration"], []]
    assert list(city.city().applications) == ["registration"]


def test_applications_of_a_project_are_sorted_by_name(other: Any) -> None:
    """Whatever their files are called."""
    project, _ = other("").city().tenants["market-regulation"].projects
    assert [each.name for each in project.applications] == ["credit", "registration"]


def test_application_takes_over_its_projects_level(city: Any, other: Any) -> None:
    """Where it names none."""
    applications = other("").city().applications
    assert (applications["credit"].protection_level, applications["registration"].protection_level) == (3, 3)


def test_sources_tell_where_parts_of_applications_stand(city: Any) -> None:
    """What is found wrong later, against a cloud, can be told with its place."""
    place = city.validation().sources["Application", "registration", "spec.volumes[1].size"]
    assert place == city.place("apps/registration.yaml", "100GiB")
