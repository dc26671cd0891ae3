"""Applications and manifests among a command's arguments."""

from pathlib import Path

import pytest

from api.cli.subjects import Subjects
from provisioner.errors import InputError
from tests.unit.api.render.graph.documents import application, city_of


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with manifests and a file that is called as an application."""
    (tmp_path / "manifests").mkdir()
    (tmp_path / "credit").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_names_are_applications_and_files_are_manifests() -> None:
    """In whatever order; what is there as a file is one."""
    found = Subjects.of(["registration", "manifests", "credit", "grid"], None)
    assert (found.applications, found.manifests) == (("registration", "grid"), (Path("manifests"), Path("credit")))


@pytest.mark.parametrize("argument", ["./nowhere", "nowhere.yaml", "-", "清单"])
def test_what_is_no_name_is_a_file(argument: str) -> None:
    """Whether it is there or not: that is told when it is read."""
    assert Subjects.of([argument], None).manifests == (Path(argument),)


def test_an_option_names_an_application_in_any_case() -> None:
    """Also where a file is called so; each counts once."""
    assert Subjects.of(["registration"], ["credit", "registration"]).applications == ("registration", "credit")


def test_an_application_that_nobody_describes_is_refused() -> None:
    """With those that there are."""
    city = city_of(application("registration", "商事登记", ""))
    Subjects.of(["registration"], None).must_be_in(city)
    with pytest.raises(InputError, match=r'an application registratoin, .*did you mean "registration"'):
        Subjects.of(["registratoin"], None).must_be_in(city)


def test_it_is_told_where_names_were_looked_for() -> None:
    """One who has the manifest at hand would wonder: what was never carried out to its end is not on record."""
    city = city_of(application("registration", "商事登记", ""))
    with pytest.raises(InputError, match="no manifest that was applied to its end describes an application grid"):
        Subjects.of(["grid"], None).must_be_in(city)
    with pytest.raises(InputError, match="no manifest describes an application grid"):
        Subjects.of(["grid", "manifests"], None).must_be_in(city)
