"""The desk's settings, from the site folder and a few environment variables (documented in docs/settings.md)."""

import os
import tempfile
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

import amparo
from amparo.desk.config import site as sites
from amparo.desk.core import keys

SITE = sites.from_environment() or sites.Site(Path(tempfile.gettempdir()) / "amparo-no-site", is_demo=False)
SITE_FOLDER = SITE.folder
DEMO = SITE.is_demo
PACKAGE = Path(amparo.__file__).parent

DEBUG = False
SECRET_KEY = keys.site_key("django-secret").hex() if keys.is_unlocked() else os.environ.get("AMPARO_SECRET") or os.urandom(32).hex()
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *SITE.hosts]
BEHIND_TLS = os.environ.get("AMPARO_BEHIND_TLS") == "1"
SECOND_FACTOR_REQUIRED = not DEMO
PORTAL_ADDRESS = os.environ.get("AMPARO_PORTAL_ADDRESS", "http://localhost:8001")

INSTALLED_APPS = [
    "amparo.desk.config.apps.ConfigApp",
    "amparo.desk.core",
    "amparo.desk.audit",
    "amparo.desk.access",
    "amparo.desk.workbench",
    "amparo.desk.oversight",
    "amparo.desk.files",
    "amparo.desk.country",
    "amparo.desk.questions",
    "amparo.desk.cases",
    "amparo.desk.consent",
    "amparo.desk.identification",
    "amparo.desk.journeys",
    "amparo.desk.answers",
    "amparo.desk.intake",
    "amparo.desk.contributions",
    "amparo.desk.publication",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "simple_history",
    "django_tasks",
    "django_tasks_db",
    "csp",
]

MIDDLEWARE = [
    "amparo.desk.config.metrics.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "amparo.desk.config.headers.headers",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "amparo.desk.core.compression.CompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "amparo.desk.access.middleware.MemberMiddleware",
    "amparo.desk.core.middleware.AddressMiddleware",
    "amparo.desk.cases.middleware.ReadingMiddleware",
    "amparo.desk.core.middleware.DraftMiddleware",
    "amparo.desk.config.errors.explain_wrong_method",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "amparo.desk.config.urls"
WSGI_APPLICATION = "amparo.desk.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "amparo.desk.config.frame.frame",
            ],
        },
    }
]
FORM_RENDERER = "amparo.desk.core.forms.Renderer"
AFTER_LEAVING = "amparo.desk.cases.staffing.after_leaving"  # access ends places and must not know of cases
CONFLICT_WORDS = "amparo.desk.cases.versions.conflict"  # core meets two people at one row and must not know what it holds
MORE_DECISIONS = "amparo.desk.oversight.deciding.waiting_for"  # the workbench lists what waits and is oversight's stranger
DRAFT_KEY_OF_PAGE = "amparo.desk.oversight.pages.key_of_page"  # core seals drafts and must not know of cases


def database(part: sites.Part) -> dict:
    """Return Django's database entry for a part's `postgres://` address, or for the site's own SQLite file."""
    url = sites.address_of(SITE, part)
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": SITE.database_file,
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                "PRAGMA secure_delete=ON; PRAGMA cache_size=-20000; "
                # No last connection closes any more: what a great change left in the journal would lie there for good.
                "PRAGMA journal_size_limit=8388608;",
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "amparo.desk.core.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
        "BOUND_BY_POLICIES": part is not sites.Part.OWNER,
        "SEES_EVERY_ROW": part is sites.Part.WORKER,
    }


DATABASES = {"default": database(sites.Part(os.environ.get("AMPARO_DATABASE_AS", "desk")))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "amparo.desk.core.caching.PlainCache",
        "LOCATION": "core_cache",
        "OPTIONS": {"MAX_ENTRIES": 200_000},  # with few, whoever fills it makes it forget used codes and failed tries
    }
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "amparo.desk.access.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
FAILURES_OF_AN_ACCOUNT = (8, 300)
FAILURES_OF_AN_ADDRESS = (100, 300)  # an office of fifty where everybody errs twice at nine; known browsers are never counted
ACCOUNT_RATE_LIMITS = {
    # Passwords are counted in access/attempts.py; "login_failed" is left to codes, counted by account.
    "login": None,
    "login_failed": "8/5m/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "reset_password_from_key": None,
    "signup": None,
}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = FRESH_PROOF_SECONDS = SITE.fresh_minutes * 60
SIGN_IN_PROVIDERS = {one.key: one for one in SITE.providers}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # no mail is sent: an address is what the administrator entered, and proves nothing
MFA_RATE_LIMITS = {"webauthn_login": None}  # a key cannot be guessed, and a whole office stands behind one address
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Amparo"
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "activate_totp": "amparo.desk.access.codes.Activate",
    "add_webauthn": "amparo.desk.access.passkeys.Add",
    "authenticate": "amparo.desk.access.codes.Authenticate",
    "reauthenticate": "amparo.desk.access.codes.Reauthenticate",
}
MFA_ADAPTER = "amparo.desk.access.adapter.MFAAdapter"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_SERIALIZER = "amparo.desk.access.sessions.Sealed"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # a cookie would keep names on the visitor's disk
SESSION_COOKIE_NAME = "amparo_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_IDLE_SECONDS = 30 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "amparo.desk.config.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # a supervisor on this computer asks without TLS
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 * 2**20
FILE_UPLOAD_HANDLERS = ["amparo.desk.files.uploads.SealingUploadHandler"]
FILE_UPLOAD_TEMP_DIR = None

LANGUAGE_CODE = SITE.languages[0]
LANGUAGES = [
    (code, name) for code, name in (("en", _("English")), ("fr", _("French")), ("es", _("Spanish"))) if code in SITE.languages
]
LANGUAGE_COOKIE_NAME = "amparo_language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
FORMAT_MODULE_PATH = ["amparo.desk.config.formats"]
USE_TZ = True
TIME_ZONE = SITE.time_zone

STATIC_URL = "/static/"
STATIC_ROOT = SITE_FOLDER / "static"
STATICFILES_DIRS = [PACKAGE / "pictures" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "amparo.desk.config.telling.PlacesOnly",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "as_json": os.environ.get("AMPARO_LOG_FORMAT") == "json",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("AMPARO_LOG_LEVEL", "WARNING")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "authlib": {"level": "ERROR"},  # would tell a code's secret half at the level DEBUG
        "urllib3": {"level": "ERROR"},  # would tell addresses
        "django.security": {"level": "CRITICAL"},
        "django.server": {"level": "CRITICAL"},
        "waitress.queue": {"level": "ERROR"},
    },
}
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
