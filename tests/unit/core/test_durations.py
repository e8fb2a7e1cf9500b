import pytest

from outproof.core.time import duration_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 ms"),
        (0.3404, "340 ms"),
        (0.9996, "1 s"),
        (1, "1 s"),
        (1.2, "1.2 s"),
        (12.04, "12 s"),
        (59.5, "59.5 s"),
        (59.96, "1 min"),
        (60.4, "1 min"),
        (250.6, "4 min 11 s"),
        (7_500, "2 h 5 min"),
        (3 * 86_400, "3 d"),
    ],
)
def test_a_duration_shows_tenths_of_a_second_below_a_minute(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
