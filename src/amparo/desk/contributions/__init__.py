"""Organisations' rows on their way into the pool: mapping, quality, what is new, and the pool itself. No identity goes further."""
