"""Administration: organisations, accounts, API keys."""

from fastapi import APIRouter

from web.pages.administration import accounts, keys, organisations

router = APIRouter()
router.include_router(organisations.router)
router.include_router(accounts.router)
router.include_router(keys.router)
