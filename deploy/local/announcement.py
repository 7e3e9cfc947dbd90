"""What a run says once it is ready: where it is, who may log in, how a file is delivered."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict
from uuid import uuid4


class DemoAccount(TypedDict):
    """One account of the demo; `label` is the role in German."""

    name: str
    password: str
    organisation: str
    label: str


class DemoAccess(TypedDict):
    """The content of `.local/demo.json`."""

    urls: dict[str, str]
    accounts: dict[str, DemoAccount]
    api_keys: dict[str, str]


def announcement(access: DemoAccess, dataset: str, sample: Path) -> str:
    """The text for the terminal; its `curl` line delivers the sample file when pasted there."""
    rows = [
        (account["label"], account["name"], account["password"], account["organisation"])
        for account in access["accounts"].values()
    ]
    return "\n".join(
        [
            "",
            f"Quartierblick is ready: {access['urls']['web']}",
            "",
            *(f"  {line}" for line in _table(("Role", "Login", "Password", "Organisation"), rows)),
            "",
            "Deliver a file as a machine would:",
            "",
            delivery_command(access, dataset, sample),
            "",
            "The same for programs: .local/demo.json. Logs: .local/logs. Ctrl-C ends everything.",
        ]
    )


def delivery_command(access: DemoAccess, dataset: str, sample: Path) -> str:
    """A `curl` line with the Datenlieferung's key and an idempotency key of its own.

    Pasted again it is answered with the first delivery, as nothing is delivered twice.
    """
    url = f"{access['urls']['indicator_api']}/v1/deliveries?dataset={dataset}"
    words = ["curl", "--silent", "--show-error", f"{url}&filename={sample.name}"]
    headers: Mapping[str, str] = {
        "Authorization": f"Bearer {access['api_keys']['datenlieferung']}",
        "Idempotency-Key": str(uuid4()),
        "Content-Type": "text/csv",
    }
    for name, value in headers.items():
        words += ["--header", f"{name}: {value}"]
    return shlex.join([*words, "--data-binary", f"@{sample}"])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
