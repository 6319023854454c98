"""Tests of the way from a recipe to a bundle."""
