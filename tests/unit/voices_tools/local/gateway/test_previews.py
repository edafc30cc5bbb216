"""Previews are playable, deterministic and audible sounds without clicks."""

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
    """Return the samples of a preview, which must be 16-bit mono."""
    with wave.open(io.BytesIO(preview(voice_id, gender))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return array("h", file.readframes(file.getnframes()))


def pitch(sound: array[int]) -> float:
    """Return the pitch of the first syllable in Hz.

    The period is the shortest time shift at which the syllable resembles itself.
    """

    def piece(shift: int) -> array[int]:
        return sound[RATE // 8 + shift : RATE // 8 + shift + 800]

    def similarity(shift: int) -> float:
        return (
            math.fsum(map(mul, piece(0), piece(shift)))
            / math.hypot(*piece(0))
            / math.hypot(*piece(shift))
        )

    shifts = range(RATE // 300, RATE // 80)
    return RATE / next(shift for shift in shifts if similarity(shift) > 0.9)


@pytest.mark.parametrize(("voice_id", "gender"), VOICES)
def test_preview_lasts_about_a_second(voice_id: str, gender: str) -> None:
    assert 1.0 < len(samples(voice_id, gender)) / RATE < 1.5
    assert 32_000 < len(preview(voice_id, gender)) < 48_000


@pytest.mark.parametrize(("voice_id", "gender"), VOICES)
def test_preview_is_audible_and_not_too_loud(voice_id: str, gender: str) -> None:
    loudest = max(map(abs, samples(voice_id, gender)))

    assert 0.4 < loudest / 32767 < 0.5


@pytest.mark.parametrize(("voice_id", "gender"), VOICES)
def test_preview_starts_and_ends_in_silence(voice_id: str, gender: str) -> None:
    sound = samples(voice_id, gender)

    assert max(map(abs, (*sound[:16], *sound[-16:]))) < 100


def test_each_voice_has_its_own_constant_sound() -> None:
    first = preview("rachel", "female")
    preview.cache_clear()

    assert preview("rachel", "female") == first
    assert len({preview(f"voice-{number}", "female") for number in range(5)}) == 5


def test_male_voices_are_lower_than_female_voices() -> None:
    for voice_id in ("rachel", "alder"):
        low, high = pitch(samples(voice_id, "male")), pitch(samples(voice_id, "female"))
        assert 90 < low < 150 < high < 260
