"""Names that survive a power cut: a file's bytes are not enough, the folder that names it must reach the disk as well."""

import os
from pathlib import Path


def sync(folder: Path) -> None:
    """Return when the names in a folder have reached the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
