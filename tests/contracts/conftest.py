"""The null sink that carriers with a sound card are tested on."""

import os
from collections.abc import Iterator

import pytest

from tests.contracts.null_sink import NullSink, a_null_sink, lacking


@pytest.fixture(scope="module")
def null_sink_of_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NullSink]:
    if reason := lacking():
        pytest.skip(reason)
    with a_null_sink(tmp_path_factory.mktemp("pulse")) as sink:
        before = {name: os.environ.get(name) for name in sink.environment}
        os.environ.update(sink.environment)
        import sounddevice

        sounddevice._terminate()  # PortAudio looks at its devices once, perhaps before there was a null sink
        sounddevice._initialize()
        yield sink
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture
def null_sink(null_sink_of_module: NullSink) -> NullSink:
    return null_sink_of_module
