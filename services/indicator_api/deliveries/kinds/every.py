"""All kinds of findings by their code."""

from services.indicator_api.deliveries.kinds.kind import FindingKind
from services.indicator_api.deliveries.kinds.of_files import OF_FILES
from services.indicator_api.deliveries.kinds.of_persons import OF_PERSONS
from services.indicator_api.deliveries.kinds.of_plausibility import OF_PLAUSIBILITY
from services.indicator_api.deliveries.kinds.of_rows import OF_ROWS

KINDS: dict[str, FindingKind] = OF_FILES | OF_PERSONS | OF_ROWS | OF_PLAUSIBILITY
