"""The evidence of a decision on one page and in one file, drawn up before it and sealed after it."""

from incubator.web.dossiers import draft, sealed
from incubator.web.dossiers.blueprint import blueprint

__all__ = ["blueprint", "draft", "sealed"]
