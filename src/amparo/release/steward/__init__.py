"""What the steward looks at before a release goes out: evaluations and attacks, as pages that say whether they may leave."""
