"""Proposals: begun, written by section, signed off, handed in, read and withdrawn."""

from incubator.web.proposals import authors, documents, drafting, handing_in, reading, start
from incubator.web.proposals.blueprint import blueprint

__all__ = ["authors", "blueprint", "documents", "drafting", "handing_in", "reading", "start"]
