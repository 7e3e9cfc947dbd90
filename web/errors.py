"""What stops a page before it is made. `web.error_pages` turns these into pages."""


class SignInRequired(Exception):  # noqa: N818 - a step, not a failure
    """Nobody is logged in, and the page needs it."""


class RightMissing(Exception):  # noqa: N818 - the word of the services
    """The account lacks the right the page needs."""

    def __init__(self, right: str) -> None:
        super().__init__(right)
        self.right = right


class ForgeryRefused(Exception):  # noqa: N818 - reads as what happened
    """An unsafe request without a valid token, or from another site."""


class PageNotFound(Exception):  # noqa: N818 - reads as what happened
    """There is no such page or record. `detail` may say what to do instead."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class BodyTooLarge(Exception):  # noqa: N818 - reads as what happened
    """A form larger than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit
