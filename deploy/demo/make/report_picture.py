"""Makes the picture of a report's first page that stands on its template's card.

    python -m deploy.demo.make.report_picture <figures of a demo report (JSON)>

The figures are what the page of a report offers as „Zahlen als JSON“; the picture is set from
them by the renderer of the reports, so it shows what a reader will get. Run by hand after a
change of the template or of the renderer; the same figures make the same bytes.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import typst

from services.report_api.content.profile import build_profile
from services.report_api.content.profile_context import ReportHead
from services.report_api.content.words import BERLIN
from services.report_api.rendering.pdf import fonts, typst_files
from services.report_api.snapshots.codec import decode, fingerprint_of

FOLDER = Path(__file__).parents[3] / "web" / "static" / "img" / "reports"
TEMPLATE = "gemeindeprofil"
# A4 is 595 points wide; a card is 272 pixels wide, on fine screens twice as many.
PIXELS_PER_INCH = 66.0
_CREATED_AT = datetime(2026, 11, 22, tzinfo=BERLIN)


def main() -> None:
    """Write the picture."""
    body = Path(sys.argv[1]).read_bytes()
    head = ReportHead(
        reference="R-2026-0001",
        publisher="Stadt Musterstadt",
        created_at=_CREATED_AT,
        fingerprint=fingerprint_of(body).hex(),
        map_indicator=None,
        chart_indicator=None,
    )
    content = build_profile(decode(body), head)
    pages: bytes | list[bytes] = typst.compile(
        cast(Any, typst_files(content)),  # files by name and bytes, as in the renderer
        format="png",
        ppi=PIXELS_PER_INCH,
        font_paths=fonts(),
        timestamp=content.timestamp,
    )
    first = pages[0] if isinstance(pages, list) else pages
    FOLDER.mkdir(parents=True, exist_ok=True)
    target = FOLDER / f"{TEMPLATE}.png"
    target.write_bytes(first)
    sys.stdout.write(f"{target}\n")


if __name__ == "__main__":
    main()
