"""Tags of the record page."""
