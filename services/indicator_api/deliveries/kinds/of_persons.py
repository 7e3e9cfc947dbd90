"""Findings about data of persons, which is never kept."""

from services.indicator_api.deliveries.kinds.kind import FindingKind

OF_PERSONS: dict[str, FindingKind] = {
    "person_data": FindingKind(
        "error",
        "Die Datei enthält Angaben zu einzelnen Personen",
        "Die Datei wurde nicht angenommen und ihr Inhalt gelöscht: Hier werden nur "
        "zusammengefasste Zahlen geführt. {hint}",
        "Zählen Sie die Fälle je Gebiet und Zeitraum aus und liefern Sie die Anzahlen, ohne"
        " Spalten zu einzelnen Personen.",
        "The file holds data on individual persons",
        "The file was refused and its content deleted: only aggregated figures are kept "
        "here. {hint}",
        "Count the cases by area and period and deliver the counts, without columns on "
        "individual persons.",
    ),
    "address_list": FindingKind(
        "error",
        "Die Datei ist ein Verzeichnis von Adressen",
        "Die Datei wurde nicht angenommen und ihr Inhalt gelöscht: Eine Lieferung nennt "
        "Zahlen je Gebiet, keine einzelnen Adressen. {hint}",
        "Ein Verzeichnis der Gebäudeadressen gehört zu Ihrer kleinräumigen Gliederung "
        "(Gebiete, Adressverzeichnis). Liefern Sie hier Zahlen je Gebiet.",
        "The file is a list of addresses",
        "The file was refused and its content deleted: a delivery gives figures by area, "
        "not single addresses. {hint}",
        "A directory of building addresses belongs to your small-area division (areas, "
        "address directory). Deliver figures by area here.",
    ),
}
