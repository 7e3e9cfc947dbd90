"""What a file that is no table ends with."""

from services.indicator_api.deliveries.findings import Finding


class UnreadableError(Exception):
    """The bytes are no table that can be read; carries the finding that says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.detail())
        self.finding = finding


def unreadable(hint: str, code: str = "no_table", row: int | None = None) -> UnreadableError:
    """The error for a fault that is told in a sentence."""
    return UnreadableError(Finding(code, row=row, hint=hint))
