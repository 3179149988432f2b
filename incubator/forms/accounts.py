"""Forms of the accounts' pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length


class SignInForm(FlaskForm):
    email = EmailField(
        _l("E-mail address"), [InputRequired(_l("Enter your e-mail address")), Length(max=320)]
    )
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password"))])
