"""Advice: the overview, requests, cases with timeline, goals and tasks."""

from fastapi import APIRouter

from web.pages.advice import (
    asked,
    asking,
    case,
    details,
    entries,
    goals,
    overview,
    requests,
    state,
    tasks,
)

router = APIRouter()
for part in (overview, asked, asking, requests, case, state, entries, goals, tasks, details):
    router.include_router(part.router)
