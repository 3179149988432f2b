"""The copy of a proposal that reviewers read where names are hidden."""

from incubator.web.redaction import editing
from incubator.web.redaction.blueprint import blueprint

__all__ = ["blueprint", "editing"]
