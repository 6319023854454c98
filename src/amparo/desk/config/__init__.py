"""Puts the apps together: settings, addresses, the site folder, start-up."""
