"""Forms of the administrator's pages for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from incubator.forms.accounts import LINE, TOO_LONG

Choices = Sequence[tuple[Any, Any]]
"""Pairs of a value and its words."""


def number_or_none(value: Any) -> int | None:
    """What a choice that may be left open sends."""
    return int(value) if str(value).isascii() and str(value).isdigit() and len(str(value)) < 10 else None


class PersonForm(FlaskForm):
    """Somebody's details."""

    name = StringField(
        _l("Name"), [InputRequired(_l("Enter a name")), Length(max=200, message=TOO_LONG)], filters=LINE
    )
    email = EmailField(
        _l("E-mail address"),
        [InputRequired(_l("Enter an e-mail address")), Length(max=254, message=TOO_LONG)],
        description=_l("The person signs in with it, and mail goes there."),
        filters=LINE,
    )
    job_title = StringField(_l("Job title"), [Length(max=200, message=TOO_LONG)], filters=LINE)
    agency_id = SelectField(
        _l("Agency"),
        coerce=number_or_none,
        description=_l("Where the person works. Nobody scores or decides on proposals of the own agency."),
    )

    def offer_agencies(self, agencies: Choices) -> None:
        self.agency_id.choices = [("", _l("None: the incubator itself")), *agencies]


class DetailsForm(PersonForm):
    """Somebody's details, once there is an account."""

    manager = StringField(
        _l("Manager's e-mail address"),
        [Length(max=254, message=TOO_LONG)],
        description=_l("Nobody scores what their manager, or somebody they manage, had a hand in."),
        filters=LINE,
    )


class RoleForm(FlaskForm):
    """A role and what it is limited to."""

    role = SelectField(_l("Role"), [InputRequired(_l("Choose a role"))])
    scope_agency_id = SelectField(
        _l("Only for the agency"),
        coerce=number_or_none,
        description=_l("Submitters and agency leads always belong to one."),
    )
    call_id = SelectField(_l("Only for the call"), coerce=number_or_none)

    def offer_scopes(self, *, roles: Choices, agencies: Choices, calls: Choices) -> None:
        self.role.choices = [("", _l("Choose a role")), *roles]
        self.scope_agency_id.choices = [("", _l("All agencies")), *agencies]
        self.call_id.choices = [("", _l("All calls")), *calls]


class InvitationForm(PersonForm, RoleForm):
    """A new person with a first role."""


class DeactivateForm(FlaskForm):
    """Who takes over what somebody is responsible for."""

    successor = SelectField(
        _l("Reassign duties to"),
        coerce=number_or_none,
        description=_l("Duties that this person may not have stay where they are and are listed afterward."),
    )
    reviews = BooleanField(_l("Assign other reviewers to the open reviews"), default=True)

    def offer(self, people: Choices) -> None:
        self.successor.choices = [("", _l("Nobody yet")), *people]
