"""One thread for every test, and runs of the workflow before all else: a worker that began one last would end alone.

The tensors are small, and more threads only wait for each other.
"""

import pytest
import torch


def pytest_configure(config: pytest.Config) -> None:
    # what is timed takes the threads that there are
    if not config.getoption("benchmark_enable"):
        torch.set_num_threads(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.parent.name != "pipeline")
