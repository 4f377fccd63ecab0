"""Forms: how a refusal of the station's rules comes to stand beside the field it is about."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask_wtf import FlaskForm

from scheduler.errors import Refused
from scheduler.wording import word_error
from web.translations import page_language

OK, HAS_ERRORS = 200, 422


@contextmanager
def keep_errors(form: FlaskForm) -> Iterator[None]:
    """Turn a `Refused` into a sentence at the field that its facts name, else at the top of the form."""
    try:
        yield
    except Refused as error:
        refuse(form, error)


def refuse(form: FlaskForm, error: Refused) -> None:
    """Put an error's sentence where the person looks for it."""
    sentence = word_error(error, language=page_language())
    name = str(error.facts.get("field", ""))
    if name in form:
        form[name].errors = [*form[name].errors, sentence]
    else:
        form.form_errors.append(sentence)


def status_of(form: FlaskForm) -> int:
    """The status of a page that shows this form: 422 when something in it must be put right."""
    return HAS_ERRORS if form.errors or form.form_errors else OK
