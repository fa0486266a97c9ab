"""The arm that is drawn ends where the kinematics say."""

import numpy as np

from replication.looks.panels.arm import links
from replication.raw import kuka

POSES = np.random.default_rng(0).uniform(*kuka.LIMITS.T, size=(5, 6))


def test_the_drawn_arm_reaches_from_its_base_to_its_flange() -> None:
    for joints in POSES:
        bends = links(joints)
        np.testing.assert_allclose(bends[0], 0)
        np.testing.assert_allclose(bends[-1], kuka.forward(joints)[0], atol=1e-12)


def test_its_links_keep_their_lengths_in_every_pose() -> None:
    lengths = [np.linalg.norm(np.diff(links(joints), axis=0), axis=1) for joints in POSES]
    np.testing.assert_allclose(lengths, np.tile(np.abs(kuka.DH[:, 1:3]).ravel(), (5, 1)), atol=1e-12)
