"""Words in the reader's language, looked up once for a request instead of once for a word.

A page of fifty rows asks for several hundred words; finding the request's language anew for each of
them cost more than all of its queries.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import cached_property, lru_cache
from typing import Any

from babel.core import Locale
from flask import Flask
from flask_babel import get_locale, get_translations
from flask_babel.speaklater import LazyString
from markupsafe import Markup

ENGLISH = Locale("en", "US")


class Reader:
    """The language of one request, found when the first word is asked for."""

    @cached_property
    def locale(self) -> Locale:
        return get_locale() or ENGLISH

    @cached_property
    def translations(self) -> Any:
        return get_translations()


_reader: ContextVar[Reader | None] = ContextVar("reader", default=None)


def _current() -> Reader:
    """The request's reader; work without a request asks anew each time, as its language may change."""
    return _reader.get() or Reader()


def locale() -> Locale:
    """The reader's language and region."""
    return _current().locale


def translate(message: str) -> str:
    """The message in the reader's language, its `%(name)s` places still open."""
    text: str = _current().translations.ugettext(message)
    return text


def gettext(message: str, **places: Any) -> str:
    """The message in the reader's language, its places filled as they are: plain text, not markup."""
    text = translate(message)
    return text % places if places else text


def lazy_gettext(message: str) -> LazyString:
    """The same for a message that stands in code that runs before there is a reader."""
    return LazyString(gettext, message)


@lru_cache(4096)
def _marked(text: str) -> Markup:
    return Markup(text)  # noqa: S704 - messages are ours; what fills them is escaped


def words(message: str, **places: Any) -> Markup:
    """`_()` of the templates: translated, its places filled with escaped values."""
    text = _marked(translate(message))
    return text % places if "%" in message else text


def counted_words(one: str, many: str, num: int, **places: Any) -> Markup:
    """`ngettext()` of the templates: the form for this number, its places filled with escaped values."""
    text = _marked(_current().translations.ungettext(one, many, num))
    return text % {"num": num, **places}


def register_languages(app: Flask) -> None:
    app.jinja_env.globals.update(_=words, gettext=words, ngettext=counted_words)

    @app.before_request
    def begin() -> None:
        _reader.set(Reader())

    @app.teardown_request
    def end(_fault: BaseException | None) -> None:
        _reader.set(None)
