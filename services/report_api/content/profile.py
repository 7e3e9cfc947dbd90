"""The Gemeindeprofil (Kreisprofil, Quartiersprofil): a snapshot written out as typed blocks."""

from babel.dates import format_date

from services.report_api.content.area_table import area_table_blocks
from services.report_api.content.blocks import Block, Content, Notice
from services.report_api.content.chart_block import chart_blocks
from services.report_api.content.gaps import gap_blocks
from services.report_api.content.key_figures import key_figure_blocks
from services.report_api.content.lead import lead_blocks
from services.report_api.content.map_block import map_blocks
from services.report_api.content.notes import note_blocks, restricted_audiences
from services.report_api.content.profile_context import ProfileContext, ReportHead
from services.report_api.content.words import BERLIN, LOCALE, joined, short_name
from services.report_api.snapshots.rules import AreaRecord, Reading, Snapshot

TITLES = {"gemeinde": "Gemeindeprofil", "kreis": "Kreisprofil", "quartier": "Quartiersprofil"}
GENRE = "Bericht aus freigegebenen Zahlen"
INVENTED = "Erfundene Zahlen"


def title_of(snapshot: Snapshot) -> str:
    """„Gemeindeprofil Aachen“; a kreisfreie Stadt is a municipality, whichever key names it."""
    subject = Reading(snapshot).subject
    return f"{_kind_of_profile(subject)} {short_name(subject).removeprefix('Kreis ')}"


def _kind_of_profile(subject: AreaRecord) -> str:
    is_town = subject.kind == "kreis" and "kreisfreie Stadt" in subject.name
    return TITLES["gemeinde" if is_town else subject.kind]


def is_invented(snapshot: Snapshot) -> bool:
    """Whether the area or any of its figures is invented."""
    return Reading(snapshot).subject.is_fictional or any(
        source.is_fictional for source in snapshot.sources
    )


def build_profile(snapshot: Snapshot, head: ReportHead) -> Content:
    """The whole report. The same snapshot and head give the same content."""
    context = ProfileContext(Reading(snapshot))
    created = head.created_at.astimezone(BERLIN)
    return Content(
        title=title_of(snapshot),
        subtitle=_subtitle(context),
        template=GENRE,
        reference=head.reference,
        created_on=format_date(created, "d. MMMM yyyy", locale=LOCALE),
        fingerprint=head.fingerprint,
        timestamp=int(head.created_at.timestamp()),
        publisher=head.publisher,
        marks=_marks(snapshot),
        blocks=(
            *_notices(context),
            *lead_blocks(context),
            *key_figure_blocks(context),
            *map_blocks(context, head.map_indicator),
            *chart_blocks(context, head.chart_indicator),
            *area_table_blocks(context),
            *gap_blocks(context),
            *note_blocks(context),
        ),
    )


def _subtitle(context: ProfileContext) -> str:
    above = [
        short_name(context.reading.areas[code])
        for code in context.reading.snapshot.comparisons
        if code in context.reading.areas
    ]
    # the register has names with two spaces
    name = " ".join(context.subject.name.split())
    parts = [name, f"Schlüssel {context.subject.code}", *above]
    return " · ".join(parts)


def _marks(snapshot: Snapshot) -> tuple[str, ...]:
    marks = [INVENTED] if is_invented(snapshot) else []
    readers = restricted_audiences(snapshot.sources)
    if readers:
        marks.append(f"Nicht öffentlich: {joined(readers)}")
    return tuple(marks)


def _notices(context: ProfileContext) -> list[Block]:
    snapshot = context.reading.snapshot
    notices: list[Block] = []
    if is_invented(snapshot):
        whose = (
            "Dieses Gebiet ist erfunden, und alle Zahlen in diesem Bericht sind es auch."
            if context.subject.is_fictional
            else "Einige Zahlen in diesem Bericht sind erfunden."
        )
        notices.append(
            Notice(
                INVENTED,
                f"{whose} Sie zeigen, wie ein Bericht aussieht, und sagen nichts über einen "
                "wirklichen Ort.",
                "invented",
            )
        )
    readers = restricted_audiences(snapshot.sources)
    if readers:
        notices.append(
            Notice(
                "Nicht öffentlich",
                "Einige Zahlen sind nicht für die Öffentlichkeit freigegeben, sondern nur für: "
                f"{joined(readers)}. Geben Sie den Bericht nur an sie weiter.",
                "info",
            )
        )
    return notices
