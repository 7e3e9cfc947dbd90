"""What a sender wishes for a delivery beside the file itself."""

from dataclasses import dataclass

from web.clients.delivery_types import Delivery


@dataclass(frozen=True, slots=True)
class DeliveryWish:
    """Into which dataset a file goes, and how.

    `leaves_others_out`: rows for areas of others are left out instead of being errors.
    `withdraws_missing`: cells of the file's measures and periods that it does not hold go.
    `takes_valid_rows`: the faultless rows are taken although others are refused.
    `mapping` names a saved mapping; `area`, `period` and `sheet` say what the file does not.
    """

    dataset: str
    is_dry_run: bool = False
    leaves_others_out: bool = False
    withdraws_missing: bool = False
    takes_valid_rows: bool = False
    mapping: str = ""
    area: str = ""
    period: str = ""
    sheet: str = ""

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryWish":
        """The same wish again, for a mended file."""
        options = delivery.options
        return cls(
            dataset=delivery.dataset.code,
            is_dry_run=delivery.is_dry_run,
            leaves_others_out=options.scope == "own",
            withdraws_missing=options.mode == "replace",
            takes_valid_rows=options.partial,
            mapping=delivery.mapping_name or "",
            area=options.area or "",
            period=options.period or "",
            sheet=options.sheet or "",
        )

    def parameters(self) -> dict[str, str | None]:
        """The wish as the service's query; None where its own default holds."""
        return {
            "dataset": self.dataset,
            "dry_run": "true" if self.is_dry_run else None,
            "scope": "own" if self.leaves_others_out else None,
            "mode": "replace" if self.withdraws_missing else None,
            "partial": "true" if self.takes_valid_rows else None,
            "mapping": self.mapping or None,
            "area": self.area or None,
            "period": self.period or None,
            "sheet": self.sheet or None,
        }

    @property
    def has_options(self) -> bool:
        """Whether anything but the usual was asked for."""
        return any(value for name, value in self.parameters().items() if name != "dataset")
