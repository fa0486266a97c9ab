"""Times in words."""

from datetime import timedelta

__all__ = ["span"]


def span(time: timedelta) -> str:
    """`1 h 38 min`, `4 min 12 s`, `8 s`."""
    seconds = round(time.total_seconds())
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
