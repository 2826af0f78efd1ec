"""The four meanings an error has in our own code, and the two a set-up can have."""


class AbmError(Exception):
    """Something we can name; its text is for people and names place and remedy."""


class NotFound(AbmError):
    """What was asked for does not exist, or not for this user."""


class Invalid(AbmError):
    """Input that cannot be accepted; `field` names the place, `code` the rule."""

    def __init__(self, message: str, field: str = "", code: str = "invalid") -> None:
        super().__init__(message)
        self.field = field
        self.code = code


class Conflict(AbmError):
    """The world has moved on: what was asked for no longer fits the state; `code` names the rule where it has one."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class ProviderError(AbmError):
    """The outer world refused or failed; `permanent` says whether trying again can help."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


class BadConfiguration(AbmError):
    """A setting is missing or wrong (exit code 78)."""


class ServiceDown(AbmError):
    """An engine does not answer, or something is already running here (exit code 69)."""
