"""All tables of advice, for the comparison of migrations with the code."""

from services.consultation_api.base import Base
from services.consultation_api.case_tasks import models as case_tasks
from services.consultation_api.cases import models as cases
from services.consultation_api.goals import models as goals
from services.consultation_api.requests import models as requests
from services.consultation_api.topics import models as topics

__all__ = ["case_tasks", "cases", "goals", "metadata", "requests", "topics"]

metadata = Base.metadata
