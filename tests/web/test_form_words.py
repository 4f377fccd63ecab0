"""What the form library says of a field is told in the page's language."""

import pytest
from flask import Flask, g
from wtforms import (
    DateField,
    DecimalField,
    Form,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange

from tests.web.station import WELL, make_station
from web.app import create_app
from web.form_words import SAID, in_words


class AnyForm(Form):
    day = DateField()
    at = TimeField()
    number = IntegerField(validators=[NumberRange(min=3)])
    other = IntegerField(validators=[NumberRange(max=3)])
    third = IntegerField(validators=[NumberRange(min=3, max=7)])
    weight = DecimalField()
    choice = SelectField(coerce=int)
    several = SelectMultipleField()
    text = StringField(validators=[Length(max=5)])
    short = StringField(validators=[Length(min=50)])
    needed = StringField(validators=[InputRequired()])


WRONG = {
    "day": "31/02/2026", "at": "xyz", "number": "1", "other": "8", "third": "9", "weight": "w", "choice": "x",
    "several": "q", "text": "too long", "short": "s", "needed": "",
}  # fmt: skip


@pytest.fixture
def app(tmp_path) -> Flask:  # type: ignore[no-untyped-def]
    station = make_station(tmp_path)
    yield create_app(station, look_at_machine=lambda: WELL)
    station.engine.dispose()


def errors(app: Flask) -> dict[str, str]:
    from werkzeug.datastructures import MultiDict

    form = AnyForm(MultiDict(WRONG))
    form.choice.choices, form.several.choices = [(1, "một")], [("a", "một")]
    assert not form.validate()
    return {name: " ".join(in_words(error) for error in found) for name, found in form.errors.items()}


def test_nothing_that_the_library_says_stays_in_english(app: Flask) -> None:
    with app.test_request_context():
        told = errors(app)
    assert told.keys() == WRONG.keys()
    assert told["day"] == "Ngày phải có thật và viết như 24/11/2026."
    assert told["text"] == "Chỉ được nhập nhiều nhất 5 chữ." and told["third"] == "Số này phải từ 3 đến 7."
    for said in told.values():
        assert not any(word in said for word in ("valid", "field", "Field", "Number", "must", "Choice"))


def test_an_english_page_tells_them_in_english(app: Flask) -> None:
    with app.test_request_context():
        app.preprocess_request()
        from flask import session

        session["language"] = "en"
        g.pop("_flask_babel", None)
        told = errors(app)
    assert told["needed"] == "This must be filled in."


def test_our_own_sentences_stay_as_they_are(app: Flask) -> None:
    with app.test_request_context():
        assert in_words("Hãy chọn lý do không phát đủ.") == "Hãy chọn lý do không phát đủ."
    assert len(SAID) == len({pattern for pattern, _ in SAID})
