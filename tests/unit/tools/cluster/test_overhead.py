"""Overhead and latency of jobs on Slurm, from three of them worked out by hand."""

from tools.cluster import overhead

LINE = (
    "JobId={id} JobName=x JobState=COMPLETED Restarts={n} SubmitTime={s} StartTime={b} EndTime={e} Comment={c} Power="
)
DAY = "2030-01-01T00:0"
TEXT = "\n".join(
    [
        LINE.format(id=1, n=0, s=f"{DAY}0:00", b=f"{DAY}0:02", e=f"{DAY}0:32", c="rule_train_wildcards_robot_arm_0"),
        LINE.format(id=2, n=0, s=f"{DAY}0:40", b=f"{DAY}0:41", e=f"{DAY}0:51", c="rule_grid_wildcards_robot_arm_0"),
        LINE.format(id=3, n=1, s=f"{DAY}3:00", b=f"{DAY}3:01", e=f"{DAY}4:01", c="rule_sweep_wildcards_robot_arm_0"),
        LINE.format(id=4, n=0, s=f"{DAY}5:00", b=f"{DAY}5:00", e=f"{DAY}5:09", c="rule_verdict"),
    ]
)


def test_overhead_is_what_the_benchmark_does_not_hold() -> None:
    measured = {("train", "robot_arm_0"): 25.0, ("grid", "robot_arm_0"): 4.0, ("verdict", ""): 3.0}
    assert overhead.overheads(overhead.parse(TEXT), measured) == [5, 6, 6]


def test_latency_is_from_the_end_of_what_was_waited_for() -> None:
    assert overhead.latencies(overhead.parse(TEXT)) == [8]
