"""The study's variants: every combination of what an entry lists, once."""

from replication.stages.options import variants


def test_every_combination_once_and_in_the_order_of_the_settings() -> None:
    listed = [
        {"metric": ["raw", "smoothed"], "neural": 2},
        {"metric": "smoothed", "multiplier": [0, 1], "rank": [2, 1]},
        {"metric": "smoothed", "rank": 2, "multiplier": 1, "pairs": 4},
    ]
    assert list(variants(listed)) == [
        ("raw", {}, listed[0]),
        ("smoothed", {}, listed[0]),
        ("smoothed", {"multiplier": 0, "rank": 2}, listed[1]),
        ("smoothed", {"multiplier": 0, "rank": 1}, listed[1]),
        ("smoothed", {"multiplier": 1, "rank": 2}, listed[1]),
        ("smoothed", {"multiplier": 1, "rank": 1}, listed[1]),
    ]
