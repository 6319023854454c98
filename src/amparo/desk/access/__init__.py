"""Organisations, members, roles and purposes; who may come in, and the verdicts on what they may do."""
