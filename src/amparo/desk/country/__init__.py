"""What a country configures, as data with a source and a time of validity: majority, reflection, bodies, added forms."""
