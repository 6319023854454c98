"""Settings of the public site. A few words from the environment, no database, no secret, no cookie.

`AMPARO_BUNDLES` names the folder of published releases, `AMPARO_PORTAL_HOSTS` the host names that are served
(separated by commas), `AMPARO_SIGNER` the public key whose signature a release must bear (base64; optional), `AMPARO_DEMO`
`1` that everything shown is invented.
"""

import os
import secrets
from importlib.resources import files
from pathlib import Path

from amparo.bundle.keys import read_public

BUNDLES = Path(os.environ.get("AMPARO_BUNDLES", "bundles"))
ALLOWED_HOSTS = [host.strip() for host in os.environ.get("AMPARO_PORTAL_HOSTS", "localhost,127.0.0.1").split(",") if host.strip()]
SIGNER = read_public(os.environ["AMPARO_SIGNER"].encode()) if os.environ.get("AMPARO_SIGNER") else None
DEMO = os.environ.get("AMPARO_DEMO") == "1"
SECRET_KEY = secrets.token_urlsafe(48)  # Django insists on one; nothing is signed with it, so it lives as long as the process
DEBUG = False
DATABASES: dict[str, object] = {}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
ROOT_URLCONF = "amparo.portal.urls"
WSGI_APPLICATION = "amparo.portal.wsgi.application"
APPEND_SLASH = False

INSTALLED_APPS = ["django.contrib.staticfiles", "csp", "amparo.portal"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "amparo.portal.middleware.headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "amparo.portal.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "amparo.portal.middleware.unchanged",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["amparo.portal.middleware.frame"], "builtins": ["amparo.portal.templatetags.portal"]},
    }
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français"), ("es", "Español")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [str(files("amparo.pictures").joinpath("static"))]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 31_536_000  # the address of a style sheet carries its checksum

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
LARGEST_QUERY = 4096
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {  # what a reader asked for is nobody's business
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "CRITICAL"},
    },
}
