"""Each finding is told in German and in English, under a code that never changes."""

import ast
import re
from pathlib import Path

import pytest

from services.indicator_api.deliveries.findings import Finding
from services.indicator_api.deliveries.kinds.every import KINDS
from services.indicator_api.deliveries.kinds.phrases import in_english

DELIVERIES = Path("services/indicator_api/deliveries")
_TELLING = ("unreadable", "_unreadable", "told_as_damaged")
_FIELD = re.compile(r"\{(\w+)\}")
_GERMAN = re.compile(r"[äöüÄÖÜß„]|\b(der|die|das|und|nicht|Sie|ist)\b")


@pytest.mark.parametrize("code", sorted(KINDS))
def test_both_languages_say_the_same(code: str) -> None:
    """Every sentence has its counterpart, which names the same parts."""
    kind = KINDS[code]
    for german, english in (
        (kind.title, kind.title_en),
        (kind.detail, kind.detail_en),
        (kind.remedy, kind.remedy_en),
    ):
        assert bool(german) == bool(english), code
        assert set(_FIELD.findall(german)) == set(_FIELD.findall(english)), code
        assert not _GERMAN.search(english.replace("“Gebiete”", "")), english
        assert set(_FIELD.findall(german)) <= {"value", "hint"}
    assert kind.severity == "note" or kind.remedy, "an error or a warning says how to mend it"


def test_codes_are_unique_and_those_in_use_exist() -> None:
    """No code stands twice, and no finding is made of a kind that does not exist."""
    kinds = list((DELIVERIES / "kinds").glob("of_*.py"))
    written = [
        code for path in kinds for code in re.findall(r'^    "(\w+)":', path.read_text(), re.M)
    ]
    assert sorted(written) == sorted(KINDS)
    for path in DELIVERIES.rglob("*.py"):
        for code in re.findall(r'\bFinding\(\s*"(\w+)"', path.read_text()):
            assert code in KINDS, f"{path}: {code}"


def test_every_reason_of_the_readers_has_its_english() -> None:
    """Sentences given as the reason for an unreadable file are in the phrase book."""
    readers = [DELIVERIES / "workbook" / "recognising.py"]
    for folder in ("reading", "checking", "annotating"):
        readers += (DELIVERIES / folder).glob("*.py")
    for path in readers:
        for reason in _reasons(ast.parse(path.read_text())):
            told = in_english(reason)
            assert told != reason, f"{path}: {reason}"
            assert not _GERMAN.search(told), told


def _reasons(tree: ast.Module) -> list[str]:
    """Sentences handed to `unreadable`, `told_as_damaged` or a `hint`: literal ones, `{…}` filled
    by a number, and those that the module has a name for."""
    found = []
    named = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            given = node.args[:1] if name in _TELLING else []
            given += [item.value for item in node.keywords if item.arg == "hint"]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            given = [node.value] if node.targets[0].id == "hint" else []
        given = [named.get(item.id, item) if isinstance(item, ast.Name) else item for item in given]
        found += [text for expression in given if (text := _text(expression)) and " " in text]
    return found


def _text(expression: ast.expr) -> str:
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        return expression.value
    if isinstance(expression, ast.JoinedStr):
        parts = [
            str(part.value) if isinstance(part, ast.Constant) else "7" for part in expression.values
        ]
        return "".join(parts)
    return ""


def test_a_finding_in_english() -> None:
    """The hint of a reader is told in English too; a key stays as it is."""
    finding = Finding("row_malformed", row=3, hint="Zeile 3 hat 2 Spalten, die Kopfzeile 4.")
    assert finding.detail_en() == "Line 3 has 2 columns, the header 4."
    lost = Finding("key_lost_zero", value="5111000", hint="05111000")
    assert lost.detail_en() == "“5111000” is probably “05111000”; the leading zero was lost."
    assert lost.remedy_en().endswith("enter “05111000”.")


def test_the_table_of_codes_is_complete() -> None:
    """FINDINGS.md lists every kind as it is."""
    written = (DELIVERIES / "FINDINGS.md").read_text().splitlines()
    rows = [line for line in written if line.startswith("| `")]
    assert rows == [
        f"| `{code}` | {kind.severity} | {kind.title} | {kind.title_en} |"
        for code, kind in sorted(KINDS.items())
    ]
