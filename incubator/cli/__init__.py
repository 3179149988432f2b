"""The commands: `incubator --help` lists them.

They end with 0 when all is well, 1 when something is not (one sentence says what), 2 when the command was
not understood. Ctrl+C and a polite end by the system are no failure.
"""

from incubator.cli import importing, keeping, serving
from incubator.cli.commands import main

__all__ = ["importing", "keeping", "main", "serving"]
