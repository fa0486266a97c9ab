"""Whether Snakemake can write its cache, found out before it tries.

Snakemake keeps a cache in the user's home. Where it cannot, as in a container without a home, it ends in a traceback
before it reads the Snakefile; `profiles/default` is read earlier, and asks here.
"""

import os
import tempfile

from snakemake.common import get_appdirs

__all__ = ["require_writable"]


def require_writable() -> None:
    """Do with the cache's folder what Snakemake will.

    Raises:
        SystemExit: It cannot be made or written; the message is one line that says what to set. Any other error would
            be shown with all of Snakemake's options.
    """
    cache = get_appdirs().user_cache_dir
    folder = os.path.join(cache, "snakemake/source-cache/snakemake-runtime-cache")
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder):
            pass
    except OSError as error:
        raise SystemExit(
            f"Snakemake cannot write its cache below {cache!r} ({error.strerror}): set XDG_CACHE_HOME to a folder that "
            "can be written, e.g. `export XDG_CACHE_HOME=/tmp/cache`, and give the same command again"
        ) from None
