"""A published release on disk: a folder that anyone can keep, read, check and cite."""
