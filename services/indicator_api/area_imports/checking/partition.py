"""Whether a base partition may begin: its name is free, and one partition holds at a time."""

from services.indicator_api.area_imports.findings import FindingList
from services.indicator_api.area_imports.registers import Intention, Registers
from services.indicator_api.area_imports.words import counted


def check_partition(intention: Intention, registers: Registers, findings: FindingList) -> None:
    """Compare a new base partition with those of its municipality; a former one ends with it."""
    if intention.partition_code is None or intention.valid_from is None:
        return
    if intention.partition_code in registers.taken_partition_codes:
        findings.add("partition_code_taken", f"„{intention.partition_code}“ gibt es schon.")
    begins = intention.valid_from
    for item in registers.partitions:
        if item.valid_to is not None and item.valid_to <= begins:
            continue
        since = f"seit {item.valid_from:%d.%m.%Y}" if item.valid_from else "von jeher"
        if item.valid_to is not None or (item.valid_from and item.valid_from >= begins):
            findings.add(
                "partition_period_taken",
                f"„{item.name}“ gilt {since}; die neue soll am {begins:%d.%m.%Y} beginnen.",
            )
        elif not item.is_own:
            findings.add("partition_not_yours", f"„{item.name}“ gilt {since}.")
        else:
            units = counted(item.units, "Gebiet", "Gebieten")
            findings.add(
                "partition_follows",
                f"„{item.name}“ ({since}, mit {units}) gilt bis zum Tag vor dem "
                f"{begins:%d.%m.%Y}; ihre Zahlen bleiben.",
            )
