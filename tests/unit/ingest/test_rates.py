"""How fast one source may send."""

from services.ingest.rates import SOURCES_MAX, Rates


def test_a_burst_is_taken_and_then_one_per_share_of_a_second() -> None:
    rates = Rates(per_second=8)
    assert [rates.take("a", 100.0) for _ in range(16)] == [0.0] * 16
    assert rates.take("a", 100.0) == 0.125
    assert rates.take("a", 100.125) == 0.0
    assert rates.take("a", 100.125) > 0


def test_one_source_does_not_slow_another_down() -> None:
    rates = Rates(per_second=1)
    assert [rates.take("a", 5.0) for _ in range(3)] == [0.0, 0.0, 1.0]
    assert rates.take("b", 5.0) == 0.0


def test_being_quiet_for_long_brings_no_more_than_one_burst() -> None:
    rates = Rates(per_second=2)
    rates.take("a", 0.0)
    assert sum(rates.take("a", 1_000_000.0) == 0 for _ in range(10)) == 4


def test_the_oldest_sources_are_forgotten_and_memory_stays_bounded() -> None:
    rates = Rates(per_second=1)
    for number in range(SOURCES_MAX + 50):
        rates.take(str(number), 0.0)
    assert len(rates._buckets) == SOURCES_MAX
