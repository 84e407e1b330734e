"""What the documents say is so."""

import re
import shlex
from itertools import takewhile
from pathlib import Path

import pytest
from django.apps import apps

from virtadmin.cli import _parser

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])
OUTSIDE_SETTINGS = {"VIRTADMIN_HOME", "VIRTADMIN_ADMIN_PASSWORD"}
"""Read before Django's settings are."""


def code_lines(text: str) -> list[str]:
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", document.read_text()):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_shown_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in code_lines(document.read_text()):
        if not line.startswith(("make ", "virtadmin ")):
            continue
        words = list(takewhile(lambda word: word not in ("<", ">", "|"), shlex.split(line, comments=True)))
        if words[:1] == ["make"]:
            assert set(words[1:2]) <= targets, line
        if words[:1] == ["virtadmin"]:
            _parser().parse_args(words[1:])  # exits where the command is not so


def test_every_setting_is_documented_and_no_other() -> None:
    source = (ROOT / "src/virtadmin/config/settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source)) | OUTSIDE_SETTINGS
    documented = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))
    assert documented == read


def test_the_readme_starts_with_what_it_is_a_picture_and_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert "![" in text[:1500]
    assert "make run" in text[:1800]
    assert "make test" in text[:1800]


NO_SETTINGS = {"GET_STARTED", "COMPOSE_PROFILES", "HTTP_PORT", "HTTPS_PORT", "VIRTADMIN_IMAGE", "CELERY_MEMORY"}
"""Of deploy/compose.yaml, and a word of Messenger's."""


@pytest.mark.parametrize("name", ["install", "proxy", "email", "scaling", "telegram", "messenger", "prometheus"])
def test_settings_that_guides_name_exist(name: str) -> None:
    settings = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)) | NO_SETTINGS
    named = re.findall(r"\b[A-Z]{2,}(?:_[A-Z]+)+\b", (ROOT / f"docs/{name}.md").read_text())
    assert {each.removesuffix("_FILE") for each in named} <= settings


def test_settings_that_deployments_name_exist() -> None:
    settings = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)) | NO_SETTINGS
    compose = (ROOT / "deploy/compose.yaml").read_text()
    named = re.findall(r"^    ([A-Z_]+): ", compose, re.MULTILINE)
    named += re.findall(r"^#?([A-Z_]+)=", (ROOT / "deploy/.env.example").read_text(), re.MULTILINE)
    for unit in (ROOT / "deploy/systemd").glob("*.service"):
        named += re.findall(r"([A-Z_]+)=%", unit.read_text())
    assert len(named) > 10
    assert {each.removesuffix("_FILE") for each in named} <= settings


def test_of_every_table_it_is_said_how_long_it_is_kept() -> None:
    said = set(re.findall(r"`(\w+)`", (ROOT / "docs/keeping.md").read_text()))
    through = {model for model in apps.get_models(include_auto_created=True) if model._meta.auto_created}
    tables = {model.__name__ for model in apps.get_models(include_auto_created=True) if model not in through}
    assert tables <= said, tables - said
    settings = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))
    assert {word for word in said if word.isupper()} <= settings
