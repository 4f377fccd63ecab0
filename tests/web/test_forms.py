"""How a refusal of the station's rules comes to stand beside the field it is about."""

from pathlib import Path

import pytest
from flask_wtf import FlaskForm
from wtforms import StringField

from scheduler.errors import BadField, LastAdmin, Unavailable
from tests.web.station import WELL, make_station
from web.app import create_app
from web.forms import keep_errors, status_of


class NameForm(FlaskForm):  # type: ignore[misc]
    name = StringField("Tên")


@pytest.fixture
def form(tmp_path: Path):  # type: ignore[no-untyped-def]
    station = make_station(tmp_path)
    with create_app(station, look_at_machine=lambda: WELL).test_request_context():
        yield NameForm()
    station.engine.dispose()


def test_a_refusal_stands_at_the_field_that_it_names(form: NameForm) -> None:
    with keep_errors(form):
        raise BadField(field="name", value="")
    assert len(form.name.errors) == 1 and not form.form_errors
    assert status_of(form) == 422


def test_any_other_refusal_stands_on_top(form: NameForm) -> None:
    for error in (LastAdmin(), BadField(field="no_such_field", value="")):
        with keep_errors(form):
            raise error
    assert len(form.form_errors) == 2 and not form.name.errors
    assert status_of(form) == 422


def test_what_is_no_refusal_goes_on_its_way(form: NameForm) -> None:
    with pytest.raises(Unavailable), keep_errors(form):
        raise Unavailable
    assert status_of(form) == 200
