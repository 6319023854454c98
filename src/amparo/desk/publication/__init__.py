"""From the pool to the public: a recipe, its cost, two reviewers, one spend, one measurement, one signed bundle."""
