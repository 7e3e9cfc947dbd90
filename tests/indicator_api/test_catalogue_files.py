"""The catalogue's files: all 59 indicators, nothing invented, faults told so that one can mend."""

import shutil
from pathlib import Path

import pytest

from services.indicator_api.indicators.catalogue_files import (
    FOLDER,
    CatalogueEntry,
    CatalogueError,
    read_catalogue,
    shipped_catalogue,
)

ENTRIES = {entry.code: entry for entry in shipped_catalogue().entries}
# What a higher value means, by number: + better, - worse, 0 context only.
POLARITY = (
    "---" "--0-00+-"
    "----" "00-"
    "-0000-"
    "----++0-+"
    "++0-+-+-"
    "-++-+-0"
    "+--+-0"
    "000+-"
)  # fmt: skip
# The definitions that a source was found for; all others are „ungeprüft“.
CHECKED = {1, 2, 3, 11, 12, 25, 27, 41}
KEY = {1, 2, 3, 12, 13, 14, 15, 19, 20, 25, 27, 28, 29, 34, 37, 38, 39, 49, 55, 56, 58}
FIRST_OF_DIMENSION = {
    "mindestsicherung": 1,
    "kinder_familie": 12,
    "alter": 19,
    "arbeitsmarkt": 25,
    "bildung": 34,
    "gesundheit": 42,
    "wohnen": 49,
    "demografie": 55,
}
REQUIRED = (
    "name", "short_name", "question", "explanation", "numerator_text", "unit",
    "confidentiality_rule", "denominator_basis_note", "usual_source", "applies_to",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the files to spoil."""
    return Path(shutil.copytree(FOLDER, tmp_path / "catalogue"))


def faults_of(folder: Path) -> list[str]:
    """What is said of files that cannot be loaded."""
    with pytest.raises(CatalogueError) as raised:
        read_catalogue(folder)
    return raised.value.faults


def spoil(folder: Path, name: str, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a file."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_numbers_1_to_59_are_there_in_order_and_in_their_dimensions() -> None:
    numbers = [entry.number for entry in ENTRIES.values()]
    assert sorted(set(filter(None, numbers))) == list(range(1, 60))
    assert numbers == sorted(filter(None, numbers))
    assert [(e.number, e.variant) for e in ENTRIES.values() if e.variant] == [(56, "a"), (56, "b")]
    assert len(ENTRIES) == 60
    firsts: dict[str, int | None] = {}
    for entry in ENTRIES.values():
        firsts.setdefault(entry.dimension.code, entry.number)
    assert firsts == FIRST_OF_DIMENSION


def test_what_a_higher_value_means_is_as_the_field_has_it() -> None:
    assert len(POLARITY) == 59
    signs = {"worse": "-", "better": "+", "context": "0"}
    found = {entry.number: signs[entry.polarity] for entry in ENTRIES.values()}
    assert "".join(found[number] for number in range(1, 60)) == POLARITY


def test_migration_and_age_are_never_judged() -> None:
    for code in ("nichtdeutsche", "einwanderungsgeschichte", "altenquotient", "anteil_u18",
                 "asylblg_dichte", "familiensprache_kita", "familienwanderungssaldo"):  # fmt: skip
        assert ENTRIES[code].polarity == "context"


def test_only_what_a_source_was_found_for_is_checked() -> None:
    assert {entry.number for entry in ENTRIES.values() if entry.is_checked} == CHECKED
    for entry in ENTRIES.values():
        assert entry.is_checked == bool(entry.definition_source), entry.code


def test_the_key_indicators_are_the_most_used_ones() -> None:
    assert {entry.number for entry in ENTRIES.values() if entry.is_key_indicator} == KEY
    assert not ENTRIES["einwanderungsgeschichte"].is_key_indicator


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_every_definition_says_what_it_means(entry: CatalogueEntry) -> None:
    empty = [name for name in REQUIRED if not getattr(entry, name)]
    assert not empty
    assert entry.question.endswith("?")
    sentences = entry.explanation.count(".") + entry.explanation.count("?")
    assert sentences >= 2
    assert len(entry.explanation) > 120
    assert (entry.denominator is None) == (entry.kind == "value")
    assert bool(entry.denominator_text) == (entry.denominator is not None)


@pytest.mark.parametrize(
    "entry", [e for e in ENTRIES.values() if e.is_key_indicator], ids=lambda e: str(e.code)
)
def test_the_key_indicators_are_whole(entry: CatalogueEntry) -> None:
    assert entry.smallest_level == "gemeinde" or entry.smallest_level == "quartier"
    assert entry.denominator is not None
    assert entry.denominator_text


def test_only_indicators_of_schools_have_no_smallest_level() -> None:
    assert [entry.code for entry in ENTRIES.values() if entry.smallest_level is None] == [
        "schulsozialindex",
        "karies",
    ]


def test_every_file_says_at_its_top_how_it_is_edited() -> None:
    for path in FOLDER.glob("*.toml"):
        head = path.read_text(encoding="utf-8").split("\n\n", 1)[0]
        assert all(line.startswith("#") for line in head.splitlines()), path.name
        assert "So wird die Datei gepflegt:" in head
        assert "python -m deploy catalogue" in head


def test_shares_are_in_percent_and_shares_alone_have_a_numerator_within_the_denominator() -> None:
    for entry in ENTRIES.values():
        if entry.kind == "rate":
            assert (entry.unit, entry.factor) == ("%", 100), entry.code
        if entry.kind == "value":
            assert entry.factor == 1, entry.code


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "alter.toml", 'polarity = "worse"', 'polarity = "schlecht"',
            "alter.toml, Eintrag „grundsicherung_alter“, Feld „polarity“: hat keinen der möglichen "
            "Werte: 'worse', 'better' oder 'context' (dort steht: 'schlecht').",
        ),
        (
            "alter.toml", "question = ", "frage = ",
            "alter.toml, Eintrag „grundsicherung_alter“, Feld „frage“: kennt der Katalog nicht; "
            "vielleicht ist der Name falsch geschrieben.",
        ),
        (
            "alter.toml", 'code = "altenquotient"\n', "",
            "alter.toml, Eintrag „Nr. 2 der Datei“, Feld „code“: fehlt.",
        ),
        (
            "alter.toml", 'code = "altenquotient"', 'code = "hochaltrige"',
            "alter.toml, Eintrag „hochaltrige“, Feld „code“: Den Code gibt es zweimal.",
        ),
        (
            "alter.toml", "number = 20", "number = 19",
            "alter.toml, Eintrag „altenquotient“, Feld „number“: Die Nummer hat schon "
            "„grundsicherung_alter“.",
        ),
        (
            "alter.toml", 'measure = "EINWOHNER_AB_80"', 'measure = "EINWOHNER_AB_90"',
            "alter.toml, Eintrag „hochaltrige“, Feld „numerator.measure“: Die Messgröße steht "
            "nicht in measures.toml.",
        ),
        (
            "alter.toml", 'confidentiality = "register"', 'confidentiality = "melderegister"',
            "alter.toml, Eintrag „grundsicherung_alter“, Feld „confidentiality“: "
            "„melderegister“ steht nicht unter [confidentiality] in texts.toml (dort: ba, "
            "landesamt, register, schule, gesundheit, stichprobe, zensus, wahl, anbieter).",
        ),
        (
            "alter.toml", "is_checked = false", "is_checked = true",
            "alter.toml, Eintrag „grundsicherung_alter“: is_checked: Als geprüft gilt nur, was in "
            "definition_source seine Quelle nennt.",
        ),
        (
            "alter.toml", "number = 19", "number = 19 zwanzig",
            "alter.toml: Die Schreibweise stimmt nicht (Zeile 24, Spalte 13): Fehlt ein "
            "Anführungszeichen, ein Gleichheitszeichen oder eine Klammer?",
        ),
        (
            "dimensions.toml", 'alter = "Alter"\n', "",
            "alter.toml: Zu dieser Datei steht keine Dimension in dimensions.toml.",
        ),
        (
            "dimensions.toml", "[dimensions]\n", '[dimensions]\nverkehr = "Verkehr"\n',
            "verkehr.toml: Die Datei fehlt.",
        ),
        (
            "measures.toml", 'code = "SVB_WOHNORT"\n', 'code = "ARBEITSLOSE"\n',
            "measures.toml, Eintrag „ARBEITSLOSE“, Feld „code“: Den Code gibt es zweimal.",
        ),
        (
            "texts.toml", "on = 2012-01-01", 'on = "gestern"',
            "alter.toml, Eintrag „grundsicherung_alter“, Feld „breaks.0.on“: muss ein Tag sein, "
            "geschrieben wie 2023-01-01 (dort steht: 'gestern').",
        ),
    ],
)  # fmt: skip
def test_a_fault_names_file_entry_and_field(
    folder: Path, name: str, old: str, new: str, expected: str
) -> None:
    spoil(folder, name, old, new)
    assert expected in faults_of(folder)


def test_all_faults_are_told_at_once(folder: Path) -> None:
    spoil(folder, "alter.toml", 'polarity = "worse"', 'polarity = "x"')
    spoil(folder, "wohnen.toml", "decimals = 1", 'decimals = "eins"')
    told = "\n".join(faults_of(folder))
    assert "alter.toml" in told
    assert "wohnen.toml" in told


def test_jobs_at_the_place_of_work_meet_no_residents(folder: Path) -> None:
    spoil(
        folder,
        "measures.toml",
        'code = "SVB_WOHNORT"\nname = "Sozialversicherungspflichtig Beschäftigte am Wohnort"\n'
        'unit = "Personen"\nkind = "count"\nuniverse = "Einwohner"',
        'code = "SVB_WOHNORT"\nname = "Beschäftigte am Arbeitsort"\n'
        'unit = "Personen"\nkind = "count"\nuniverse = "Arbeitsort"',
    )
    assert (
        "arbeitsmarkt.toml, Eintrag „beschaeftigtenquote“, Feld „denominator.measure“: "
        "Beschäftigte am Arbeitsort werden nie durch Einwohner geteilt."
    ) in faults_of(folder)


def test_a_ready_made_value_is_no_part_of_a_rate(folder: Path) -> None:
    spoil(folder, "alter.toml", 'measure = "EINWOHNER_AB_80"', 'measure = "MEDIANENTGELT"')
    (fault,) = faults_of(folder)
    assert "Ein fertig gelieferter Wert ist kein Zähler" in fault
