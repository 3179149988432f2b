"""Signing in and out, one's own account, and the administrator's pages for people."""

from incubator.web.accounts import own, people, sign_in
from incubator.web.accounts.blueprint import blueprint

__all__ = ["blueprint", "own", "people", "sign_in"]
