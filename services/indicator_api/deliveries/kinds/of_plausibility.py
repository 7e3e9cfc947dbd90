"""Findings about values that contradict others, or are hard to believe."""

from services.indicator_api.deliveries.kinds.kind import FindingKind

OF_PLAUSIBILITY: dict[str, FindingKind] = {
    "numerator_above_denominator": FindingKind(
        "error",
        "Der Zähler ist größer als der Nenner",
        "{value} kann nicht mehr sein als die Gesamtheit, von der es ein Teil ist: {hint}.",
        "Prüfen Sie beide Werte; einer von ihnen stimmt nicht.",
        "The numerator exceeds the denominator",
        "{value} cannot be more than the whole of which it is a part: {hint}.",
        "Check both values; one of them is wrong.",
    ),
    "numerator_above_other_figure": FindingKind(
        "warning",
        "Der Zähler ist größer als der vorhandene Nenner",
        "{value} ist mehr als die Gesamtheit, zu der es ins Verhältnis gesetzt wird: {hint}.",
        "Prüfen Sie den Wert. Stammt der Nenner aus einer anderen Quelle oder Zeit, sagen "
        "Sie das bei der Bestätigung.",
        "The numerator exceeds the denominator on record",
        "{value} is more than the whole it is set in relation to: {hint}.",
        "Check the value. If the denominator is of another source or time, say so when you "
        "confirm.",
    ),
    "breakdown_total_wrong": FindingKind(
        "error",
        "Gesamtwert und Ausprägungen passen nicht zusammen",
        "Insgesamt steht hier {value}, die Ausprägungen ergeben {hint}.",
        "Berichtigen Sie den Gesamtwert oder die Teile. Sind die Zahlen gerundet oder kleine "
        "gesperrt, muss der Datenbestand das sagen (Additivität).",
        "Total and parts do not agree",
        "The total is {value}, its parts give {hint}.",
        "Correct the total or its parts. If figures are rounded or small ones suppressed, "
        "the dataset must say so (additivity).",
    ),
    "breakdown_total_doubtful": FindingKind(
        "warning",
        "Gesamtwert und Ausprägungen passen schlecht zusammen",
        "Insgesamt steht hier {value}, die Ausprägungen ergeben {hint}. Das ist mehr, als "
        "Rundung oder Sperrung erklären.",
        "Prüfen Sie Gesamtwert und Teile.",
        "Total and parts hardly agree",
        "The total is {value}, its parts give {hint}. That is more than rounding or "
        "suppression explains.",
        "Check the total and its parts.",
    ),
    "area_total_wrong": FindingKind(
        "error",
        "Gebiet und Teilgebiete passen nicht zusammen",
        "Für das Gebiet steht hier {value}, seine Teile ergeben {hint}.",
        "Berichtigen Sie den Wert des Gebiets oder die seiner Teile. Steht es so in der "
        "veröffentlichten Tabelle, muss der Datenbestand es sagen: Restfälle ohne Ortsangabe "
        "(unplaced_cases), wenn das Ganze mehr enthält als seine Teile, oder auf welche Einheit "
        "Beträge gerundet sind (amount_rounding).",
        "Area and its parts do not agree",
        "The area has {value}, its parts give {hint}.",
        "Correct the value of the area or those of its parts. If the published table has it so, "
        "the dataset must say it: cases without a place (unplaced_cases), where the whole holds "
        "more than its parts, or to which unit amounts are rounded (amount_rounding).",
    ),
    "area_total_doubtful": FindingKind(
        "warning",
        "Gebiet und Teilgebiete passen schlecht zusammen",
        "Für das Gebiet steht hier {value}, seine Teile ergeben {hint}. Das ist mehr, als "
        "Rundung oder Sperrung erklären.",
        "Prüfen Sie den Wert des Gebiets und die seiner Teile.",
        "Area and its parts hardly agree",
        "The area has {value}, its parts give {hint}. That is more than rounding or "
        "suppression explains.",
        "Check the value of the area and those of its parts.",
    ),
    "jump_over_time": FindingKind(
        "warning",
        "Auffällige Sprünge zum Vorzeitraum",
        "{value} weicht weit stärker vom Vorzeitraum ab als die übrigen Gebiete: {hint}.",
        "Prüfen Sie den Wert. Stimmt er, nennen Sie bei der Bestätigung den Grund.",
        "Striking jumps against the period before",
        "{value} differs far more from the period before than the other areas do: {hint}.",
        "Check the value. If it is right, give the reason when you confirm.",
    ),
    "unlike_similar_areas": FindingKind(
        "warning",
        "Werte fern von allen ähnlichen Gebieten",
        "{value} liegt weit außerhalb dessen, was die anderen Gebiete dieser Art haben: {hint}.",
        "Prüfen Sie den Wert. Stimmt er, nennen Sie bei der Bestätigung den Grund.",
        "Values far from all similar areas",
        "{value} lies far outside of what the other areas of this kind have: {hint}.",
        "Check the value. If it is right, give the reason when you confirm.",
    ),
    "zero_implausible": FindingKind(
        "warning",
        "Unwahrscheinliche Nullen",
        "Hier steht „{value}“, im Vorzeitraum waren es {hint}.",
        "Ist der Wert nicht bekannt, tragen Sie das Zeichen dafür ein („.“ unbekannt, „...“"
        " kommt später), keine Null.",
        "Implausible zeros",
        "“{value}” stands here; in the period before it was {hint}.",
        "If the value is not known, enter the sign for that (“.” unknown, “...” comes "
        "later), not zero.",
    ),
    "unit_doubtful": FindingKind(
        "warning",
        "Die Werte scheinen in einer anderen Einheit zu stehen",
        "Die Werte von „{value}“ sind im Mittel {hint} wie zuvor.",
        "Prüfen Sie, ob in Tausend, in Prozent oder in einzelnen Einheiten geliefert wurde;"
        " die Zuordnung kann Werte umrechnen.",
        "The values seem to be in another unit",
        "The values of “{value}” are {hint} as before, in the median.",
        "Check whether thousands, per cent or single units were delivered; the mapping can "
        "convert values.",
    ),
    "percentage_above_100": FindingKind(
        "warning",
        "Anteile über 100 Prozent",
        "{value} ist als Anteil mehr als 100 Prozent.",
        "Prüfen Sie, ob statt des Anteils eine Anzahl geliefert wurde.",
        "Shares above 100 per cent",
        "{value} is more than 100 per cent, as a share.",
        "Check whether a count was delivered in place of the share.",
    ),
    "period_copied": FindingKind(
        "warning",
        "Die Werte sind dieselben wie im Vorzeitraum",
        "Die Werte von „{value}“ gleichen denen des Vorzeitraums: {hint}.",
        "Prüfen Sie, ob versehentlich die Datei des Vorjahrs geliefert wurde.",
        "The values are those of the period before",
        "The values of “{value}” equal those of the period before: {hint}.",
        "Check whether the file of the year before was delivered by mistake.",
    ),
}
