"""The arm's joints in space: from the base to the flange, as far apart as the arm is long."""

import numpy as np

from replication.raw import kuka
from replication.raw.arm_joints import joints_in_space


def test_the_chain_ends_at_the_flange_and_its_links_keep_their_lengths() -> None:
    joints = np.deg2rad([[0, -45, 90, -110, 75, 140], [30, -90, 60, 10, 20, 0]])
    chain = joints_in_space(joints)
    assert chain.shape == (2, 7, 3)
    np.testing.assert_allclose(chain[:, 0], 0)
    np.testing.assert_allclose(chain[:, -1], kuka.forward(joints)[0])
    links = np.linalg.norm(np.diff(chain, axis=1), axis=-1)
    np.testing.assert_allclose(links, np.broadcast_to(np.hypot(kuka.DH[:, 1], kuka.DH[:, 2]), links.shape), atol=1e-12)
