"""A preview is a sound that a browser plays: deterministic, audible, without clicks."""

from __future__ import annotations

import io
import math
import wave
from array import array
from operator import mul

import pytest

from voices_tools.local.gateway.previews import RATE, preview

VOICES = [("rachel", "female"), ("alder", "male"), ("wren", "neutral"), ("", "unheard of")]


def samples(voice_id: str, gender: str) -> array[int]:
    """The sound itself, of what must be 16-bit mono."""
    with wave.open(io.BytesIO(preview(voice_id, gender))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return array("h", file.readframes(file.getnframes()))


def pitch(sound: array[int]) -> float:
    """Hz, by the first shift at which a piece of the first syllable is much like itself."""

    def piece(shift: int) -> array[int]:
        return sound[RATE // 8 + shift : RATE // 8 + shift + 800]

    def likeness(shift: int) -> float:
        return (
            math.fsum(map(mul, piece(0), piece(shift)))
            / math.hypot(*piece(0))
            / math.hypot(*piece(shift))
        )

    shifts = range(RATE // 300, RATE // 80)
    return RATE / next(shift for shift in shifts if likeness(shift) > 0.9)


@pytest.mark.parametrize(("voice_id", "gender"), VOICES)
def test_a_preview_lasts_about_a_second_and_takes_some_forty_kilobytes(
    voice_id: str, gender: str
) -> None:
    assert 1.0 < len(samples(voice_id, gender)) / RATE < 1.5
    assert 32_000 < len(preview(voice_id, gender)) < 48_000


@pytest.mark.parametrize(("voice_id", "gender"), VOICES)
def test_it_is_audible_and_never_too_loud(voice_id: str, gender: str) -> None:
    loudest = max(map(abs, samples(voice_id, gender)))

    assert 0.4 < loudest / 32767 < 0.5


@pytest.mark.parametrize(("voice_id", "gender"), VOICES)
def test_it_begins_and_ends_in_silence_so_that_nothing_clicks(voice_id: str, gender: str) -> None:
    sound = samples(voice_id, gender)

    assert max(map(abs, (*sound[:16], *sound[-16:]))) < 100


def test_the_same_voice_sounds_the_same_always_and_no_two_alike() -> None:
    first = preview("rachel", "female")
    preview.cache_clear()

    assert preview("rachel", "female") == first
    assert len({preview(f"voice-{number}", "female") for number in range(5)}) == 5


def test_a_man_speaks_lower_than_a_woman() -> None:
    for voice_id in ("rachel", "alder"):
        low, high = pitch(samples(voice_id, "male")), pitch(samples(voice_id, "female"))
        assert 90 < low < 150 < high < 260
