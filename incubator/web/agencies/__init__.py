"""Agencies as customers: their accounts, needs, commitments, meetings and surveys."""

from incubator.web.agencies import account, administration, commitments, contacts, meetings, needs, surveys
from incubator.web.agencies.blueprint import blueprint

__all__ = [
    "account",
    "administration",
    "blueprint",
    "commitments",
    "contacts",
    "meetings",
    "needs",
    "surveys",
]
