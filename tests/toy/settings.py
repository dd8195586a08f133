"""All it takes to run navstate: Django's own apps, SQLite in memory, nothing of the shop."""

from pathlib import Path

SECRET_KEY = "toy-only-constant-and-no-secret-toy-only-constant-and-no-secret"
ALLOWED_HOSTS = ["testserver"]
DEBUG = False
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "navstate",
    "tests.toy.apps.ToyConfig",
]
MIDDLEWARE = [
    "navstate.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "navstate.middleware.NavMiddleware",
]
ROOT_URLCONF = "tests.toy.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "navstate.context_processors.nav",
            ]
        },
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SESSION_ENGINE = "navstate.sessions.sql"
NAVSTATE_TRACE = 0  # SQLite in memory belongs to one thread, and traces are written from another
NAVSTATE_STORAGE = "navstate.storage.sql.SqlStorage"
CSRF_FAILURE_VIEW = "navstate.confirmation.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
STATIC_URL = "/static/"
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
