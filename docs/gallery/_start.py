"""What the snippets use beside what the tutorial leaves behind."""

import matplotlib.pyplot as plt  # noqa: F401

box = tuple((low - 0.4, high + 0.4) for low, high in zip(encodings.amin(0).tolist(), encodings.amax(0).tolist()))
