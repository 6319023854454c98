"""The way a person went, leg by leg, with what is not known and where two accounts differ."""
