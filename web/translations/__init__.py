"""The languages of the pages: Vietnamese as it is written in them, English from the catalogues beside this file."""

import io
from functools import cache, cached_property
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g
from flask import session as cookie
from flask_babel import Babel, Domain, get_locale

FOLDER = Path(__file__).parent
LANGUAGES = ("vi", "en")
"""The first is what the pages are written in."""


class _Written(Domain):  # type: ignore[misc]  # flask_babel has no types
    """Catalogues read as they are written: nothing has to be compiled before a station starts."""

    def get_translations(self) -> NullTranslations:
        """The translations of the present language."""
        language = page_language()
        return NullTranslations() if language == LANGUAGES[0] else load(language)


class _Babel(Babel):  # type: ignore[misc]
    """flask-babel with our way of reading catalogues."""

    @cached_property
    def domain_instance(self) -> Domain:
        """The one domain of messages."""
        return _Written()


@cache
def load(language: str) -> Translations:
    """All catalogues of a language as one."""
    joined = Catalog(locale=language)
    for path in sorted((FOLDER / language).glob("*.po")):
        for message in read_catalogue(path):
            if message.id and message.string:
                joined.add(message.id, message.string, context=message.context)
    compiled = io.BytesIO()
    write_mo(compiled, joined)
    compiled.seek(0)
    return Translations(fp=compiled)


def read_catalogue(path: Path) -> Catalog:
    """One catalogue as it is written."""
    with path.open("rb") as file:
        return read_po(file)


def choose_language() -> str:
    """The language of this request: the signed-in person's, else the one chosen in this browser, else Vietnamese."""
    person = g.get("person")
    chosen = person.language if person is not None else cookie.get("language")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def page_language() -> str:
    """The language of the page that is being made; Vietnamese where no page is."""
    locale = get_locale()
    return LANGUAGES[0] if locale is None else str(locale.language)


def register(app: Flask) -> None:
    """Let pages speak the languages."""
    _Babel(app, default_locale=LANGUAGES[0], locale_selector=choose_language)
    app.jinja_env.globals["page_language"] = page_language
