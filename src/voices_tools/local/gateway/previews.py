"""Synthesize the previews of the sample voices. Each preview is a hum on three vowels.

The module uses a source-filter model of speech. Pulses of the glottis pass through the resonances
of the mouth, which are called formants. The formants glide from vowel to vowel. The id and the
gender of a voice determine the pitch, the vowels and the length of the voice's preview.
"""

from __future__ import annotations

import hashlib
import io
import math
import wave
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache

RATE = 16_000  # samples per second
FRAME = 80  # samples (5 ms) with constant formants
SYLLABLES = 3
PEAK = 0.45  # as a fraction of full scale
FADE_S = 0.06  # fade at both ends, to avoid clicks
PITCH = {"female": 205.0, "neutral": 165.0, "male": 118.0}  # Hz
# Factors of the formants. A shorter vocal tract resonates at higher frequencies.
FORMANT_SCALE = {"female": 1.16, "neutral": 1.08, "male": 1.0}
# The first three formants of the vowels a, e, i and o of an adult man, in Hz.
VOWELS = ((730, 1090, 2440), (530, 1840, 2480), (300, 2250, 2950), (570, 840, 2410))
BANDWIDTHS = (80.0, 100.0, 140.0)  # Hz
CYCLE = 512  # samples in the table of one glottal pulse


@lru_cache(maxsize=64)
def preview(voice_id: str, gender: str) -> bytes:
    """Return a WAV file (1.1 to 1.4 s, 16-bit mono). A voice always gets the same file."""
    choice = hashlib.sha256(voice_id.encode()).digest()
    pitch = PITCH.get(gender, PITCH["neutral"]) * (0.9 + choice[0] / 255 * 0.2)
    seconds = 1.1 + choice[1] / 255 * 0.3
    first, step = choice[2] % len(VOWELS), 1 + choice[3] % (len(VOWELS) - 1)
    vowels = [VOWELS[(first + step * number) % len(VOWELS)] for number in range(SYLLABLES)]
    scale = FORMANT_SCALE.get(gender, FORMANT_SCALE["neutral"])
    scaled = [tuple(formant * scale for formant in vowel) for vowel in vowels]
    return _wav(list(_sound(pitch, scaled, int(seconds * RATE / FRAME))))


def _sound(pitch: float, vowels: Sequence[Sequence[float]], frames: int) -> Iterator[float]:
    """Yield the samples of the glottal pulses, filtered by each resonance."""
    pulse = _pulse(int(RATE / 2 / (pitch * 1.2)))
    phase = 0.0
    last = [[0.0, 0.0] for _ in BANDWIDTHS]
    for frame in range(frames):
        along = frame / frames
        # The pitch rises in each syllable and falls over the whole sound, as in a sentence.
        tone = pitch * (1.1 - 0.2 * along + 0.05 * math.sin(2 * math.pi * SYLLABLES * along))
        step = tone * CYCLE / RATE
        samples = []
        for _ in range(FRAME):
            samples.append(pulse[int(phase)])
            phase = (phase + step) % CYCLE
        for state, bandwidth, formant in zip(
            last, BANDWIDTHS, _formants(vowels, along), strict=True
        ):
            _resonate(samples, state, formant, bandwidth)
        loud = 0.35 + 0.65 * math.sin(math.pi * (SYLLABLES * along % 1)) ** 2
        yield from (sample * loud for sample in samples)


def _formants(vowels: Sequence[Sequence[float]], along: float) -> list[float]:
    """Return the formants at a position from 0 (start) to 1 (end of the sound)."""
    place = min(max(along * SYLLABLES - 0.5, 0.0), SYLLABLES - 1.001)
    number, between = int(place), place % 1
    glide = between * between * (3 - 2 * between)
    return [a + (b - a) * glide for a, b in zip(vowels[number], vowels[number + 1], strict=True)]


def _pulse(harmonics: int) -> list[float]:
    """Return one glottal pulse, whose harmonics fall by about 10 dB per octave."""
    turns = [2 * math.pi * step / CYCLE for step in range(CYCLE)]
    return [sum(math.sin(n * turn) / n**1.6 for n in range(1, harmonics + 1)) for turn in turns]


def _resonate(samples: list[float], state: list[float], formant: float, bandwidth: float) -> None:
    """Apply a two-pole resonance with unit gain at 0 Hz. `state` contains the last two outputs."""
    radius = math.exp(-math.pi * bandwidth / RATE)
    feed, back = 2 * radius * math.cos(2 * math.pi * formant / RATE), -radius * radius
    gain = 1 - feed - back
    before, earlier = state
    for index, sample in enumerate(samples):
        before, earlier = gain * sample + feed * before + back * earlier, before
        samples[index] = before
    state[:] = before, earlier


def _wav(samples: list[float]) -> bytes:
    scale = PEAK * 32767 / max(map(abs, samples))
    edge, last = int(FADE_S * RATE), len(samples) - 1
    whole = array("h")
    for index, sample in enumerate(samples):
        fade = min(index, last - index, edge) / edge
        whole.append(round(sample * scale * fade * fade * (3 - 2 * fade)))
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        writer.writeframes(whole.tobytes())
    return file.getvalue()
