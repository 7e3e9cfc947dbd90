"""The demo's first administrator."""

from deploy.administrator import make_administrator
from deploy.demo.credentials import CredentialStore
from deploy.demo.people import ADMINISTRATOR, OPERATOR, OPERATOR_AREAS


def bootstrap(admin_url: str, store: CredentialStore) -> None:
    """Make the operating organisation and the account `verwaltung` with the store's password.

    See `make_administrator`; may be repeated.
    """
    make_administrator(
        admin_url,
        organisation=OPERATOR,
        area_codes=OPERATOR_AREAS,
        name=ADMINISTRATOR,
        password=store.password(ADMINISTRATOR),
    )
