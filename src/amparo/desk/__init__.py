"""The working project: cases, consent, identification, contributions, publication."""
