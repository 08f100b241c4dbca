import tomllib
from pathlib import Path

from bot.version import NAME, VERSION


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    assert (project["name"], project["version"]) == (NAME, VERSION)
