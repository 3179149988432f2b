"""A call's decisions before their release: prepared, signed, read as the agencies will, released."""

from __future__ import annotations

from incubator.web.releases import overview, preparing, releasing, signing, together
from incubator.web.releases.blueprint import blueprint

__all__ = ["blueprint", "overview", "preparing", "releasing", "signing", "together"]
