"""The kinds of reports there are; no input or output."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of report: for which kinds of areas, in which formats, with which parameters.

    `levels` and `parameters` are pairs of code and label.
    """

    code: str
    name: str
    description: str
    levels: tuple[tuple[str, str], ...]
    formats: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]


GEMEINDEPROFIL = Template(
    code="gemeindeprofil",
    name="Gemeindeprofil",
    description="Die wichtigsten Kennzahlen eines Gebiets neben Kreis und Land, mit Karte, "
    "Entwicklung und Tabelle, mit Quellen und Unsicherheit.",
    levels=(
        ("gemeinde", "Gemeinde"),
        ("kreis", "Kreis oder kreisfreie Stadt"),
        ("quartier", "Quartier"),
    ),
    formats=("html", "pdf"),
    parameters=(
        ("map_indicator", "Kennzahl der Karte"),
        ("chart_indicator", "Kennzahl der Entwicklung"),
    ),
)
TEMPLATES: dict[str, Template] = {GEMEINDEPROFIL.code: GEMEINDEPROFIL}
