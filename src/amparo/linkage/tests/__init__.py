"""Tests of comparing two persons."""
