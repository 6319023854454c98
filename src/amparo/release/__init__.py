"""From a recipe and a table to a published folder: plan, measure once, generate, compose."""
