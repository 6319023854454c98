"""The public site: what the published releases say, read from their folders; it has no case database at all."""
