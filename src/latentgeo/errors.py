"""The library's own errors and warnings; bad arguments of other kinds raise ValueError."""

__all__ = [
    "DecoderError",
    "FiniteDifferencesWarning",
    "GeodesicError",
    "NotFiniteError",
    "PiecewiseLinearWarning",
    "UnusedAxesWarning",
]


class DecoderError(ValueError):
    """The decoder cannot carry a pullback metric; the message says what was found and what to do."""


class GeodesicError(RuntimeError):
    """A pair did not converge and the caller asked to be told (`throw=True`)."""


class NotFiniteError(ValueError):
    """A metric is NaN or infinite where it was asked for; the message says where."""


class PiecewiseLinearWarning(UserWarning):
    """The decoder is piecewise linear: its metric is constant on pieces and has no gradient."""


class FiniteDifferencesWarning(UserWarning):
    """torch differentiates the decoder wrongly or not at all: differences of its values serve, at a price."""


class UnusedAxesWarning(UserWarning):
    """Curves did not come to rest, and there are latent axes that the metric hardly sees, which can be left out."""
