"""Use cases of accounts."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.identity.accounts import repository, rules
from services.consultation_api.identity.accounts.models import Account
from services.consultation_api.identity.accounts.schemas import (
    AccountChange,
    AccountCreate,
    AccountRead,
    OwnAccount,
    OwnMembership,
    PasswordChange,
)
from services.consultation_api.identity.base import SCHEMA
from services.consultation_api.identity.credentials import service as credentials
from services.consultation_api.identity.credentials.hashing import Passwords
from services.consultation_api.identity.faults import Fault
from services.consultation_api.identity.memberships import service as memberships
from services.consultation_api.identity.memberships.schemas import (
    MembershipCreate,
    MembershipRead,
)
from services.consultation_api.identity.organisations import service as organisations
from services.consultation_api.identity.organisations.schemas import OrganisationBrief
from services.consultation_api.identity.refusals import refuse
from services.consultation_api.identity.roles import service as roles
from services.consultation_api.identity.sessions import service as sessions
from services.consultation_api.settings import ConsultationSettings
from services.shared import audit
from services.shared.database import Database
from services.shared.ids import new_id
from services.shared.principal import Principal
from services.shared.problems import Conflict, NotFound


async def read_own(session: AsyncSession, principal: Principal) -> OwnAccount:
    """The principal's own account and present place."""
    account = await _require(session, principal.subject_id)
    if principal.organisation_id is None:
        raise _not_found()
    place = await organisations.require(session, principal.organisation_id)
    held = await memberships.list_of_accounts(session, [account.id])
    return OwnAccount(
        id=account.id,
        name=account.name,
        display_name=account.display_name,
        organisation=OrganisationBrief.model_validate(place),
        roles=await roles.describe(session, principal.roles),
        rights=sorted(principal.rights),
        area_codes=list(principal.area_codes),
        memberships=[
            OwnMembership(organisation=membership.organisation, role=membership.role)
            for membership in held.get(account.id, [])
        ],
    )


async def describe(session: AsyncSession, accounts: list[Account]) -> list[AccountRead]:
    """The accounts with their memberships, in two queries for any number."""
    held = await memberships.list_of_accounts(session, [account.id for account in accounts])
    return [_read(account, held.get(account.id, [])) for account in accounts]


async def read(session: AsyncSession, account_id: UUID) -> AccountRead:
    """One account; raises `NotFound`."""
    account = await _require(session, account_id)
    return (await describe(session, [account]))[0]


async def create(
    session: AsyncSession, passwords: Passwords, principal: Principal, wanted: AccountCreate
) -> AccountRead:
    """Add an account with its memberships. Raises `Invalid` and `Conflict`."""
    refuse(rules.password_faults(wanted.password, (wanted.name, wanted.display_name)))
    now = datetime.now(UTC)
    account = Account(
        id=new_id(),
        name=wanted.name,
        display_name=wanted.display_name,
        password_hash=await passwords.hash(wanted.password),
        password_changed_at=now,
        is_active=True,
        created_at=now,
        row_version=1,
    )
    await repository.save(session, account)
    await audit.record(
        session,
        SCHEMA,
        principal,
        "account.created",
        "account",
        account.id,
        sorted(wanted.model_fields_set - {"memberships"}),
    )
    held = [
        await memberships.add(session, principal, account.id, membership)
        for membership in wanted.memberships
    ]
    return _read(account, held)


async def change(
    session: AsyncSession,
    passwords: Passwords,
    principal: Principal,
    account_id: UUID,
    wanted: AccountChange,
    confirm_version: Callable[[int], None],
) -> AccountRead:
    """Change the given fields; `confirm_version` raises if the caller saw another version.

    A new password or deactivation ends all the account's sessions. Raises `NotFound`, `Invalid`
    and `Conflict`.
    """
    account = await _require_for_change(session, account_id)
    confirm_version(account.row_version)
    if wanted.is_active is False and account.id == principal.subject_id:
        raise Conflict("own_account", "Ihr eigenes Konto können Sie nicht selbst sperren.")
    changed = {
        field: value
        for field, value in wanted.model_dump(exclude_unset=True, exclude={"password"}).items()
        if getattr(account, field) != value
    }
    for field, value in changed.items():
        setattr(account, field, value)
    if wanted.password is not None:
        refuse(rules.password_faults(wanted.password, (account.name, account.display_name)))
        account.password_hash = await passwords.hash(wanted.password)
        account.password_changed_at = datetime.now(UTC)
    fields = sorted([*changed, *(["password"] if wanted.password is not None else [])])
    if fields:
        account.row_version += 1
        await repository.save(session, account)
        await audit.record(
            session, SCHEMA, principal, "account.changed", "account", account.id, fields
        )
    if wanted.password is not None or wanted.is_active is False:
        await sessions.revoke_all(session, principal, account.id)
    return (await describe(session, [account]))[0]


async def change_own_password(
    database: Database,
    settings: ConsultationSettings,
    passwords: Passwords,
    principal: Principal,
    wanted: PasswordChange,
) -> None:
    """Replace the principal's password and end its other sessions.

    Raises `Invalid` for a wrong present or a bad new password, `TooManyRequests` for guessing.
    """
    async with database.read_session(principal) as session:
        account = await _require(session, principal.subject_id)
    names = (account.name, account.display_name)
    refuse(rules.password_faults(wanted.new_password, names, "new_password"))
    if not await credentials.check(
        database, settings, passwords, account.name, wanted.current_password
    ):
        refuse(
            [
                Fault(
                    "current_password",
                    "current_password_wrong",
                    "Das bisherige Passwort stimmt nicht.",
                )
            ]
        )
    password_hash = await passwords.hash(wanted.new_password)
    async with database.write_session(principal) as session:
        account = await _require_for_change(session, principal.subject_id)
        await _store_password(session, account, password_hash)
        await audit.record(
            session, SCHEMA, principal, "account.changed", "account", account.id, ["password"]
        )
        await sessions.revoke_all(session, principal, account.id, keep=principal.session_id)


async def _store_password(session: AsyncSession, account: Account, password_hash: str) -> None:
    account.password_hash = password_hash
    account.password_changed_at = datetime.now(UTC)
    account.row_version += 1
    await repository.save(session, account)


async def add_membership(
    session: AsyncSession, principal: Principal, account_id: UUID, wanted: MembershipCreate
) -> MembershipRead:
    """Give the account a role. Raises `NotFound`, `Invalid` and `Conflict`."""
    account = await _require_for_change(session, account_id)
    membership = await memberships.add(session, principal, account.id, wanted)
    account.row_version += 1
    return membership


async def remove_membership(
    session: AsyncSession, principal: Principal, account_id: UUID, membership_id: UUID
) -> None:
    """Take a role from the account. Raises `NotFound` and `Conflict`."""
    account = await _require_for_change(session, account_id)
    await memberships.remove(session, principal, account.id, membership_id)
    account.row_version += 1


async def _require(session: AsyncSession, account_id: UUID | None) -> Account:
    account = None if account_id is None else await repository.get(session, account_id)
    if account is None:
        raise _not_found()
    return account


async def _require_for_change(session: AsyncSession, account_id: UUID | None) -> Account:
    account = None if account_id is None else await repository.get_for_change(session, account_id)
    if account is None:
        raise _not_found()
    return account


def _not_found() -> NotFound:
    return NotFound("account_not_found", "Dieses Konto gibt es nicht.")


def _read(account: Account, held: list[MembershipRead]) -> AccountRead:
    return AccountRead(
        id=account.id,
        name=account.name,
        display_name=account.display_name,
        is_active=account.is_active,
        created_at=account.created_at,
        password_changed_at=account.password_changed_at,
        row_version=account.row_version,
        memberships=held,
    )
