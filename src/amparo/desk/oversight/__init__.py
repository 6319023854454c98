"""Watching over those who look: the audit record in sentences, unusual reading, break-glass, retention, personal requests."""
