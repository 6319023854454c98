"""Backups: one consistent state of a site, sealed for a key that the site does not hold, proved equal when it comes back."""
