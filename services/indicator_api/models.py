"""All tables that this service maps to classes, for whoever compares them with the database."""

from services.indicator_api.area_imports import models as area_imports
from services.indicator_api.areas import models as areas
from services.indicator_api.base import Base
from services.indicator_api.datasets import models as datasets
from services.indicator_api.indicators import models as indicators
from services.indicator_api.measures import models as measures

__all__ = ["area_imports", "areas", "datasets", "indicators", "measures", "metadata"]

metadata = Base.metadata
