"""Hypothesis strategies for values that the API accepts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)


def json_values(depth: int) -> st.SearchStrategy[Any]:
    """Generate JSON values of at most this many levels."""
    if depth == 0:
        return SCALARS
    members = json_values(depth - 1)
    return (
        SCALARS
        | st.lists(members, max_size=2)
        | st.dictionaries(st.text(max_size=4), members, max_size=2)
    )


VOICE_DATA_VALUES = st.dictionaries(st.text(max_size=4), json_values(4), max_size=2)
VOICE_IDS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=128
).filter(lambda text: text == text.strip())
