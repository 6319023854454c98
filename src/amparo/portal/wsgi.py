"""The public site as a WSGI application."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "amparo.portal.settings"

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
