"""What the documentation says is so: settings, commands, links, paths, rights, versions."""

import importlib
import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from pydantic import TypeAdapter
from pydantic_settings import BaseSettings

from services.consultation_api.settings import ConsultationSettings
from services.indicator_api.settings import IndicatorSettings
from services.report_api.settings import ReportSettings
from services.shared.app import API_VERSION
from web.settings import WebSettings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
DECISIONS = sorted((ROOT / "deploy" / "decisions").glob("*.md"))
PICTURES = sorted((ROOT / "deploy" / "pictures").iterdir())
PUBLICCODE = yaml.safe_load((ROOT / "publiccode.yml").read_text())
SETTINGS = (IndicatorSettings, ConsultationSettings, ReportSettings, WebSettings)
LAUNCHER = {"QB_PORT", "QB_DATABASE_URL", "QB_PYTHON"}
VENDORED = (
    "services/shared/static/swagger-ui/",
    "web/static/vendor/",
    "migrations/sql/procrastinate",
)


def section(heading: str) -> str:
    """The text of the README between this heading and the next of its rank."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", README, flags=re.M | re.S)
    assert found, heading
    return found[1]


def variables(settings: type[BaseSettings]) -> set[str]:
    """The environment variables that a class of settings reads."""
    return {
        str(field.validation_alias or f"QB_{name}".upper())
        for name, field in settings.model_fields.items()
    }


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Every text in the repository that is not somebody else's: its path and its content."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        if name.startswith(VENDORED) and not name.endswith("/VERSION"):
            continue
        try:
            yield name, (ROOT / name).read_text()
        except (UnicodeDecodeError, FileNotFoundError):
            continue


def test_configuration_table_has_exactly_the_settings() -> None:
    documented = re.findall(r"^\| `(QB_[A-Z_]+)` \|", section("Konfiguration"), flags=re.M)
    expected = LAUNCHER.union(*(variables(settings) for settings in SETTINGS))
    assert sorted(documented) == sorted(expected)


@pytest.mark.parametrize("settings", SETTINGS)
def test_documented_defaults_are_the_real_ones(settings: type[BaseSettings]) -> None:
    documented = dict(
        re.findall(r"^\| `(QB_[A-Z_]+)` \| [^|]+ \| `([^|`]+)` \|", README, flags=re.M)
    )
    for name, field in settings.model_fields.items():
        text = documented.get(f"QB_{name}".upper())
        if text is not None:
            assert field.annotation is not None
            assert TypeAdapter(field.annotation).validate_python(text) == field.default, name


def migrated_rights() -> dict[str, list[str]]:
    """The rights of each role beyond those of every account, from all migrations that give some."""
    first = importlib.import_module("migrations.versions.0002_identity")
    rights = {code: set(given) for code, (_, _, given) in first._ROLES.items()}
    for later in ("0005_advice", "0006_reports", "0008_area_sets"):
        added = importlib.import_module(f"migrations.versions.{later}").RIGHTS
        for code, given in added.items():
            rights[code] |= set(given)
    return {code: sorted(given) for code, given in rights.items()}


def test_rights_of_the_roles_are_the_migrated_ones() -> None:
    expected = migrated_rights()
    documented = {
        code: sorted(re.findall(r"`([a-z_]+:[a-z_]+)`", rights))
        for code, rights in re.findall(
            r"^\| [^|]+ \| `([a-z]+)` \| [^|]+ \| ([^|]+) \|",
            section("Rollen und Rechte"),
            flags=re.M,
        )
    }
    assert documented == expected


def test_documented_paths_exist_and_all_are_documented() -> None:
    documented = set(re.findall(r"`(/v1/[^`?]*)`", section("Schnittstellen")))
    existing: set[str] = set()
    for service in ("indicator", "consultation", "report"):
        document = (ROOT / "services" / f"{service}_api" / "openapi.json").read_text()
        existing |= set(json.loads(document)["paths"])
    assert documented - existing - {"/v1/openapi.json"} == set()
    of_single_records = {
        "/v1/accounts/me/password",
        "/v1/accounts/{account_id}",
        "/v1/accounts/{account_id}/memberships",
        "/v1/accounts/{account_id}/memberships/{membership_id}",
        "/v1/api-keys/{key_id}",
        "/v1/datasets/{code}",
        "/v1/measures/{code}",
        "/v1/organisations/{organisation_id}",
        "/v1/sessions/{session_id}",
    }
    assert existing - documented == of_single_records


@pytest.mark.parametrize("page", [*PAGES, *DECISIONS], ids=lambda page: page.name)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    named = re.findall(r"(?:`|^|; )make ([a-z][a-z-]*)", page.read_text(), flags=re.M)
    assert set(named) <= targets


@pytest.mark.parametrize("page", [*PAGES, *DECISIONS], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        destination = page if not file else page.parent / file
        assert destination.exists(), target
        if anchor:
            assert anchor in anchors(destination.read_text()), target


def anchors(text: str) -> set[str]:
    """The anchors that the headings of a Markdown text get."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_pictures_are_used_and_small() -> None:
    for picture in PICTURES:
        assert f"deploy/pictures/{picture.name}" in README
        assert picture.stat().st_size < 300_000, picture.name


def test_publiccode_follows_the_standard() -> None:
    """publiccode.yml 0.4: the mandatory keys, their forms, and the lengths of descriptions."""
    mandatory = {
        "publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType",
        "description", "legal", "maintenance", "localisation",
    }  # fmt: skip
    assert mandatory <= set(PUBLICCODE)
    assert PUBLICCODE["publiccodeYmlVersion"] == "0.4"
    assert PUBLICCODE["legal"]["license"] == "EUPL-1.2"
    assert {"localisationReady", "availableLanguages"} <= set(PUBLICCODE["localisation"])
    for text in PUBLICCODE["description"].values():
        assert len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000
        assert text["features"]
        for screenshot in text["screenshots"]:
            assert (ROOT / screenshot).exists()
    assert (ROOT / PUBLICCODE["logo"]).exists()


def test_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == API_VERSION == PUBLICCODE["softwareVersion"]
    assert project["version"] in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("record", DECISIONS, ids=lambda record: record.name)
def test_decision_records_have_their_parts(record: Path) -> None:
    text = record.read_text()
    assert re.match(r"\d{4}-[a-z-]+\.md", record.name)
    headings = re.findall(r"^## (.+)$", text, flags=re.M)
    assert headings == ["Context", "Decision", "Consequences"]
    assert re.search(r"^\*\*Status:\*\* ", text, flags=re.M)


def test_decision_records_are_numbered_without_gap() -> None:
    assert [int(record.name[:4]) for record in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    articles = [int(number) for number in re.findall(r"^(\d+)\. ?[A-Z]", text, flags=re.M)]
    assert articles == list(range(1, 16))
    assert "‘Compatible Licences’ according to Article 5 EUPL are:" in text


def test_vendored_licences_are_named_in_the_readme() -> None:
    for version in [*ROOT.glob("web/static/vendor/*/VERSION"), *ROOT.glob("services/**/VERSION")]:
        number = re.search(r"\d+(?:\.\d+)+", version.read_text())
        assert number, version
        assert number[0] in section("Lizenzen und Quellenvermerke"), version
        assert (version.parent / "LICENSE").exists()


def test_nothing_names_a_development_machine_or_a_package_index() -> None:
    homes = "|".join(("home/[a-z]", "Users/[A-Za-z]", "root/", "work/", "tmp/qb", "mnt/"))
    hosts = "|".join(
        ("pypi" + r"\.org", "pythonhosted", r"npmjs\.", "index-" + "url =", "artifactory")
    )
    telling = re.compile(rf"(?<![\w./~-])/(?:{homes})|{hosts}")
    found = {
        f"{name}: {match[0]}"
        for name, text in tracked_texts()
        if name != "tests/deploy/test_documentation.py"
        for match in telling.finditer(text)
    }
    assert found == set()
