"""Imports of inventories: a file handed in, its columns settled, brought in or discarded; merges decided."""

from incubator.web.inventory import batches, columns, files, merges, settling
from incubator.web.inventory.blueprint import blueprint

__all__ = ["batches", "blueprint", "columns", "files", "merges", "settling"]
