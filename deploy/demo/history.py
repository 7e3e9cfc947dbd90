"""Sets back what the demo has written, so that months of advice do not fall into one second.

The API dates everything with the moment it happens, as it must. A demo in which a request, its
agreement and its result all happened just now would show nothing true, so each step, once
written through the API, is moved by the administrator to the day it is told of. The audit
trail keeps the moments at which it was really written.
"""

from datetime import date, datetime, time, timedelta
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql

BERLIN = ZoneInfo("Europe/Berlin")
_LOADING_LASTS = timedelta(minutes=10)
_OFFICE_OPENS, _OFFICE_MINUTES, _MINUTES_APART = time(8, 40), 8 * 60, 7
# The clocks of the loader and of the service may differ by this much.
_CLOCK_SLACK = timedelta(seconds=1)

# table -> (column that leads to the request or case, columns with moments)
_OF_REQUEST = {
    "request": ("id", ("created_at", "decided_at")),
    "request_message": ("request_id", ("at",)),
    "agreement": ("request_id", ("proposed_at", "consented_at")),
    "advice_case": ("request_id", ("opened_at", "changed_at")),
}
_OF_CASE = {
    "state_change": ("case_id", ("at",)),
    "goal": ("case_id", ("proposed_at", "confirmed_at", "changed_at")),
    "entry": ("case_id", ("created_at", "changed_at")),
    "task": ("case_id", ("created_at", "done_at", "changed_at")),
}


class History:
    """Moves the rows of one request and its case to earlier days; a context manager.

    `admin_url` is that of an administrator who may act as qb_owner: the services may not change
    a moment they have written.
    """

    def __init__(self, admin_url: str) -> None:
        self._connection = psycopg.connect(admin_url, autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def settle(self, request_id: str, day: date, since: datetime, number: int) -> None:
        """Move what was written since `since` to `day`; `number` spreads steps over the day."""
        self._move(request_id, since - _CLOCK_SLACK, None, _moment(day, number))

    def settle_rest(self, request_id: str, day: date, began_at: datetime, number: int) -> None:
        """Move what a loader that was killed has written and left: to `day`, its last step's."""
        until = began_at + _LOADING_LASTS
        self._move(request_id, began_at, until, _moment(day, number))

    def _move(
        self, request_id: str, since: datetime, until: datetime | None, moment: datetime
    ) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            # The owner of the tables may do what no service can; a superuser is not needed.
            cursor.execute("SET LOCAL ROLE qb_owner")
            found = cursor.execute(_HAS_ENDED, {"request": request_id}).fetchone()
            has_ended = found is not None
            if has_ended:
                _switch_triggers(cursor, "DISABLE")
            for tables, key in ((_OF_REQUEST, "%(request)s"), (_OF_CASE, _CASE)):
                for table, (owner, columns) in tables.items():
                    cursor.execute(
                        _statement(table, owner, columns, key),
                        {"request": request_id, "since": since, "until": until, "to": moment},
                    )
            if has_ended:
                _switch_triggers(cursor, "ENABLE")


_CASE = "(SELECT c.id FROM consultation.advice_case c WHERE c.request_id = %(request)s)"
_HAS_ENDED = (
    "SELECT 1 FROM consultation.advice_case WHERE request_id = %(request)s"
    " AND state IN ('abgeschlossen', 'zurueckgezogen')"
)


def _switch_triggers(cursor: "psycopg.Cursor[tuple[object, ...]]", switch: str) -> None:
    """Triggers keep an ended case as it is; while its days are set they stand aside.

    Only this transaction sees that: the tables are locked until it ends.
    """
    for table in ("advice_case", *_OF_CASE):
        cursor.execute(
            sql.SQL("ALTER TABLE consultation.{} {} TRIGGER USER").format(
                sql.Identifier(table), sql.SQL(switch)
            )
        )


def _statement(table: str, owner: str, columns: tuple[str, ...], key: str) -> sql.Composed:
    """One UPDATE that moves each of the columns if, and only if, it lies in the window."""
    inside = "{0} >= %(since)s AND {0} < coalesce(%(until)s::timestamptz, 'infinity')"
    changes = [f"{name} = CASE WHEN {inside.format(name)} THEN %(to)s ELSE {name} END"
               for name in columns]  # fmt: skip
    if table == "entry":
        changes.append(
            f"occurred_on = CASE WHEN kind = 'ereignis' AND {inside.format('created_at')}"
            " THEN (%(to)s AT TIME ZONE 'Europe/Berlin')::date ELSE occurred_on END"
        )
    return sql.SQL("UPDATE consultation.{} SET {} WHERE {} = {} AND ({})").format(
        sql.Identifier(table),
        sql.SQL(", ".join(changes)),
        sql.Identifier(owner),
        sql.SQL(key),
        sql.SQL(" OR ".join(f"({inside.format(name)})" for name in columns)),
    )


def _moment(day: date, number: int) -> datetime:
    """A moment of that day within office hours; later steps come later."""
    opening = datetime.combine(day, _OFFICE_OPENS, tzinfo=BERLIN)
    return opening + timedelta(minutes=min(number * _MINUTES_APART, _OFFICE_MINUTES))
