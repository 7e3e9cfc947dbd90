"""From the faults that rules find to the problem a client sees."""

from collections.abc import Sequence

from services.consultation_api.identity.faults import Fault
from services.shared.problems import FieldError, Invalid


def refuse(faults: Sequence[Fault]) -> None:
    """Raise `Invalid` (422) with all the faults, if there are any."""
    if not faults:
        return
    raise Invalid(
        faults[0].code if len(faults) == 1 else "invalid_request",
        " ".join(fault.detail for fault in faults),
        errors=[FieldError(f"/{fault.field}", fault.code, fault.detail) for fault in faults],
    )
