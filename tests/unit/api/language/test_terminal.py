"""What is wrong, on a terminal whose user reads Chinese; documents for programs stay as they are."""

import io
from collections.abc import Callable, Iterator, Mapping

import pytest
from rich.console import Console

from api.cli import main
from api.language.spoken import Language, speak, speaking
from api.render.problems import as_document, print_problems
from provisioner.errors import CloudRefused, InputError
from tenants.problems import Location, Problem

PROBLEM = Problem(
    location=Location(file="market.yaml", line=1, column=7),
    path="spec.projects[0].zone",
    message='the cloud "city" has no zone "extranets"',
    remedy='did you mean "extranet"?',
)
ZONE = {"market.yaml": "zone: extranets"}


@pytest.fixture
def shown() -> str:
    """The problem as somebody sees it who reads Chinese."""
    page = io.StringIO()
    with speaking(Language.CHINESE):
        print_problems(Console(width=120, file=page), [PROBLEM], ZONE)
    return page.getvalue()


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[Exception], str]]:
    """How the command line explains an error in Chinese."""

    def explained(error: Exception) -> str:
        main._explained(error)
        return capsys.readouterr().err

    speak(Language.CHINESE)
    yield explained
    speak(Language.ENGLISH)


def test_a_problem_is_told_in_chinese(shown: str) -> None:
    """With its remedy and the total; place, severity and path as editors read them."""
    assert "market.yaml:1:7: error: spec.projects[0].zone: 云平台“city”没有网络区“extranets”" in shown
    assert "= 是不是“extranet”？" in shown
    assert "1 个文件中有 1 个错误。" in shown


def test_documents_are_the_same_in_all_languages() -> None:
    """Programs read them, whatever terminal they were started from."""
    english = as_document([PROBLEM])
    with speaking(Language.CHINESE):
        found: Mapping[str, object] = as_document([PROBLEM])
    assert found == english


def test_an_error_is_told_in_chinese(told: Callable[[Exception], str]) -> None:
    """In one paragraph."""
    assert told(InputError("manifests: no such file or folder")) == "错误： manifests：没有这个文件或文件夹\n"


def test_an_error_of_a_cloud_keeps_its_id(told: Callable[[Exception], str]) -> None:
    """By which its operators find it."""
    error = CloudRefused("the cloud has no flavor xl", request_id="req-1")
    assert told(error) == "错误： 云平台没有规格 xl（OpenStack 请求 req-1）\n"
