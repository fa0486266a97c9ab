"""Numbers as words: three significant digits or more, and an interval where there is one."""

import math

from replication.evidence.bootstrap import Estimate

__all__ = ["mathtext", "number", "with_interval"]


def number(value: float | None) -> str:
    """Three significant digits, one decimal below 1,000, no exponent where it can be avoided; a dash for nothing."""
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    if not 1e-3 <= abs(value) < 1e5:
        return f"{value:.2e}"
    if abs(value) >= 99.95:
        return f"{value:.1f}" if abs(value) < 999.95 else f"{value:.0f}"
    return f"{value:#.3g}"


def mathtext(value: float) -> str:
    """Two significant digits for matplotlib, with a power of ten from 10,000 on and below 0.01."""
    if value == 0 or 1e-2 <= abs(value) < 1e4:
        return f"{float(f'{value:.2g}'):g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}"


def with_interval(estimate: Estimate) -> str:
    """`0.319 [0.300, 0.338]`, the interval being the 95 % one."""
    if not (math.isfinite(estimate.low) and math.isfinite(estimate.high)):
        return number(estimate.value)
    return f"{number(estimate.value)} [{number(estimate.low)}, {number(estimate.high)}]"
