"""The phase of a stride."""

import numpy as np

from replication.measuring.gait_phase import gait_phase


def test_a_stride_is_passed_evenly_once() -> None:
    t = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    # two swings, one twice as wide, in joints that are mixed
    swings = np.stack([2 * np.cos(t), np.sin(t)], axis=1)
    mixed = swings @ np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))[0][:2] + 0.7
    turned = np.diff(np.unwrap(gait_phase(mixed, mixed)))
    np.testing.assert_allclose(np.abs(turned), 2 * np.pi / 100, rtol=1e-9)
    assert len(np.unique(np.sign(turned))) == 1
