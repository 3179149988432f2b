"""Words in the reader's language, looked up once for a request instead of once for a word.

A page of fifty rows asks for several hundred words; finding the request's language anew for each of
them cost more than all of its queries.
"""

from __future__ import annotations

from gettext import NullTranslations
from typing import Any

from babel.core import Locale
from flask import Flask, g, has_request_context
from flask_babel import get_locale, get_translations
from markupsafe import Markup

ENGLISH = Locale("en", "US")


def locale() -> Locale:
    """The reader's language and region."""
    if not has_request_context():
        return get_locale() or ENGLISH
    if "locale" not in g:
        g.locale = get_locale() or ENGLISH
    found: Locale = g.locale
    return found


def _translations() -> Any:
    if not has_request_context():
        return get_translations()
    if "translations" not in g:
        g.translations = get_translations()
    return g.translations


def translate(message: str) -> str:
    """The message in the reader's language, its `%(name)s` places still open."""
    translations = _translations()
    if type(translations) is NullTranslations:
        return message
    text: str = translations.ugettext(message) if hasattr(translations, "ugettext") else translations.gettext(message)
    return text


def words(message: str, **places: Any) -> Markup:
    """`_()` of the templates: translated, its places filled with escaped values."""
    text = Markup(translate(message))  # noqa: S704 - messages are ours; what fills them is escaped
    return text % places if "%" in message else text


def register_languages(app: Flask) -> None:
    app.jinja_env.globals.update(_=words, gettext=words)
