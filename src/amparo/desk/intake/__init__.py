"""Signals that outside bodies hand in: what they know goes in, a receipt comes out, and nothing else ever does."""
