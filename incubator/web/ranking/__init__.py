"""The scores of a call: how far they can be trusted, the ranking with its line, severity, draws, files."""

from incubator.web.ranking import draw, files, severity, show
from incubator.web.ranking.blueprint import blueprint

__all__ = ["blueprint", "draw", "files", "severity", "show"]
