"""What can go wrong in the rules, said so that a person can act on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """A rule refused the change.

    `template` is a message with `%(name)s` places, so that the edge can translate it;
    `field` names the input it belongs beside, or is None for the whole form.
    """

    def __init__(self, template: str, field: str | None = None, **params: Any) -> None:
        super().__init__(template % params if params else template)
        self.template = template
        self.field = field
        self.params = params

    @property
    def message(self) -> str:
        return str(self)


class StaleVersion(DomainError):
    """Somebody else saved first. `theirs` holds the values as they stand now, by field."""

    def __init__(self, theirs: Mapping[str, Any] | None = None, version: int | None = None) -> None:
        super().__init__("Somebody else changed this while you were working on it.")
        self.theirs = dict(theirs or {})
        self.version = version


class Forbidden(Exception):
    """The actor may know of the object but not do this; the reason is shown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotFound(Exception):
    """There is no such object, or the actor may not know of it: both look alike."""
