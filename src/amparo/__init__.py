"""Amparo: an open-source system for counter-trafficking work."""

__version__ = "0.1.0"
