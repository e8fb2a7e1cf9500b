from outproof.sdk.patience import PAUSE_S_MAX, Patience


def test_pauses_double_up_to_a_limit() -> None:
    patience = Patience()
    pauses = []
    for _ in range(12):
        patience.strain(0.0, None)
        pauses.append(next(tenth / 10 for tenth in range(1_000) if patience.over(tenth / 10)))
    assert 0.4 <= pauses[0] <= 0.7
    assert 0.8 <= pauses[1] <= 1.3
    assert max(pauses) <= PAUSE_S_MAX * 1.2 + 0.1


def test_what_the_server_asks_for_is_obeyed_even_in_a_hurry() -> None:
    patience = Patience()
    patience.strain(100.0, 7.0)
    patience.hurry()
    assert not patience.over(106.9)
    assert patience.over(107.0)


def test_a_hurry_ends_a_pause_of_our_own() -> None:
    patience = Patience()
    patience.strain(100.0, None)
    assert not patience.over(100.0)
    patience.hurry()
    assert patience.over(100.0)


def test_success_forgets_the_past() -> None:
    patience = Patience()
    patience.strain(100.0, 60.0)
    patience.ease()
    assert patience.over(0.0)
