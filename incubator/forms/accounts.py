"""Forms of the accounts' pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

TOO_LONG = _l("This is too long.")


def one_line(text: str | None) -> str | None:
    """Typed text without line ends and control characters, which no name or address has."""
    if text is None:
        return None
    return "".join(sign if sign.isprintable() else " " for sign in text)


LINE = (one_line,)


class SignInForm(FlaskForm):
    email = EmailField(
        _l("E-mail address"),
        [InputRequired(_l("Enter your e-mail address")), Length(max=320, message=TOO_LONG)],
        filters=LINE,
    )
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password"))])


class ResetForm(FlaskForm):
    email = EmailField(
        _l("E-mail address"),
        [InputRequired(_l("Enter your e-mail address")), Length(max=320, message=TOO_LONG)],
        filters=LINE,
    )


def _password() -> PasswordField:
    return PasswordField(
        _l("New password"),
        [InputRequired(_l("Choose a password"))],
        description=_l("At least 15 characters. A short sentence only you would think of works well."),
    )


def _repeated() -> PasswordField:
    return PasswordField(
        _l("New password again"),
        [
            InputRequired(_l("Enter the password a second time")),
            EqualTo("password", _l("The two passwords are not the same")),
        ],
    )


class ChoosePasswordForm(FlaskForm):
    password = _password()
    repeated_password = _repeated()


class ChangePasswordForm(FlaskForm):
    present_password = PasswordField(
        _l("Present password"), [InputRequired(_l("Enter your present password"))]
    )
    password = _password()
    repeated_password = _repeated()


class DetailsForm(FlaskForm):
    """`zones` are (name, words) pairs."""

    name = StringField(
        _l("Name"),
        [InputRequired(_l("Enter your name")), Length(max=200, message=TOO_LONG)],
        description=_l("As colleagues know you. It stands beside everything you do here."),
        filters=LINE,
    )
    time_zone = SelectField(
        _l("Time zone"), description=_l("Times and the ends of deadlines are shown to you in this zone.")
    )

    def __init__(self, *args: object, zones: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.time_zone.choices = zones
