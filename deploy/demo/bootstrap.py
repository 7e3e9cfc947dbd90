"""What a platform holds before anybody can speak to it: an administrator and the catalogue."""

from deploy.administrator import make_administrator
from deploy.catalogue import ensure_catalogue
from deploy.demo.credentials import CredentialStore
from deploy.demo.people import ADMINISTRATOR, OPERATOR, OPERATOR_AREAS


def bootstrap(admin_url: str, store: CredentialStore) -> None:
    """Load the indicator catalogue and make the operating organisation with its administrator.

    The account is `verwaltung` with the store's password. See `ensure_catalogue` and
    `make_administrator`; may be repeated.
    """
    ensure_catalogue(admin_url)
    make_administrator(
        admin_url,
        organisation=OPERATOR,
        area_codes=OPERATOR_AREAS,
        name=ADMINISTRATOR,
        password=store.password(ADMINISTRATOR),
    )
