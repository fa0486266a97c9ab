"""Data sets in words, and which is a variant of which."""

from replication.evidence.dataset_names import family, name_of


def test_names_are_words() -> None:
    names = ("pendulum", "mnist", "robot_arm", "motion", "motion_clean", "robot_arm_underfitted")
    assert [name_of(name) for name in names] == [
        "Pendulum",
        "MNIST",
        "Robot arm",
        "Human motion",
        "Human motion, clean",
        "Robot arm underfitted",
    ]


def test_a_variant_belongs_to_what_it_is_named_after() -> None:
    datasets = ["robot_arm_underfitted", "robot_arm", "motion", "motionless"]
    assert family("robot_arm_underfitted", datasets) == "robot_arm"
    assert family("robot_arm", datasets) == "robot_arm"
    assert family("motionless", datasets) == "motionless"
    assert family("robot_arm_underfitted", ["robot_arm_underfitted"]) == "robot_arm_underfitted"
