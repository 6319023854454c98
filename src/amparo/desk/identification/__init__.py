"""Screening: indicators, act, means and purpose; the system proposes, a named person decides with reasons."""
