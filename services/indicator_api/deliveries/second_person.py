"""Who may be the second person: somebody else than whoever had a hand in it, and no machine.

Behind what an API key does stands the account that made the key: nobody becomes two by making one.
"""

from collections.abc import Mapping
from typing import Any

from services.shared.principal import Principal


def may_approve(delivery: Mapping[str, Any], principal: Principal) -> bool:
    """Whether somebody may agree that a delivery is taken.

    The first person is the sender, or whoever said afterwards how the table is to be read: only so
    it got its figures. Of what a machine sent, its maker is one too, and whoever took it in spite
    of its warnings; of what came from a dry run, whoever made that as well as whoever delivered it.
    Where a machine said how the table is to be read, it may have been anybody who has the key.
    """
    sender = delivery["sender_person"]
    first_persons = {delivery["mapped_by"] or sender}
    if delivery["dry_run_id"] is not None:
        first_persons.add(sender)
    if delivery["mapped_with_key"] is not None:
        first_persons |= {sender, delivery["mapping_person"]}
    if delivery["subject_kind"] != "account":
        first_persons |= {sender, delivery["confirming_person"]}
    return _is_another(principal, first_persons)


def may_approve_withdrawal(delivery: Mapping[str, Any], principal: Principal) -> bool:
    """Whether somebody may agree that a delivery is taken back: not whoever asked for it."""
    return _is_another(principal, {delivery["withdrawing_person"]})


def _is_another(principal: Principal, first_persons: set[Any]) -> bool:
    return principal.subject_kind == "account" and principal.subject_id not in first_persons
