"""A call's panel: its meeting and agenda, what it says of each proposal, and the minutes."""

from incubator.web.panels import acts, live, meeting, proposal
from incubator.web.panels.blueprint import blueprint

__all__ = ["acts", "blueprint", "live", "meeting", "proposal"]
