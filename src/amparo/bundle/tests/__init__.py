"""Tests of the published folder: what it promises, and what must break it."""
