"""The desk as a WSGI application; takes the master key from the supervisor before the settings are read."""

import os

from amparo.desk.config.unlocking import unlock_from_environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amparo.desk.config.settings")
unlock_from_environment()

from django.core.wsgi import get_wsgi_application  # noqa: E402 - the settings need what was unlocked

application = get_wsgi_application()
