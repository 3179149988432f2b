"""Screening: the queue, one proposal's screening with its acts, and the responses kept for reuse."""

from incubator.web.screening import acts, queue, show, snippets
from incubator.web.screening.blueprint import blueprint

__all__ = ["acts", "blueprint", "queue", "show", "snippets"]
