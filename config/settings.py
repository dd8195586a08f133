"""One settings module for every set-up, driven by the environment and safe by default.

Nothing set: refused, but for a secret (``make run`` writes one into ``.env``), then SQLite and one process.
``DATABASE_URL`` and ``REDIS_URL`` set: PostgreSQL, Redis and as many processes as wanted. ``docs/operations.md`` lists
every variable.
"""

import math
import os
import re
from datetime import timedelta
from pathlib import Path

import environ
from babel.numbers import get_currency_precision
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.currency import known_currency

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(os.environ.get("ENV_FILE", str(BASE_DIR / ".env")), overwrite=False)
# Everything the shop writes lives here: SQLite, media, collected static files.
# A path that is not absolute is one below the project, wherever a command is called from.
VAR_DIR = BASE_DIR / env.str("VAR_DIR", default="var")

# --- Security -----------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
if not SECRET_KEY.strip():
    raise ImproperlyConfigured("SECRET_KEY is empty: it signs sessions and tokens, so it must be long and random.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# True behind TLS. The embedded shop on plain http://127.0.0.1 sets it to False in its .env.
HTTPS = env.bool("HTTPS", default=True)
SECURE_SSL_REDIRECT = HTTPS
# The whole shop stands below this path of its host: "/shop". Empty: at the top.
SCRIPT_NAME = env.str("SCRIPT_NAME", default="").rstrip("/")
FORCE_SCRIPT_NAME = SCRIPT_NAME or None
SECURE_REDIRECT_EXEMPT = [rf"^({re.escape(SCRIPT_NAME.lstrip('/'))}/)?(healthz|readyz)$"]
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
WHITENOISE_ALLOW_ALL_ORIGINS = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{SCRIPT_NAME}/"
# A session ends so many seconds after the last act of its shopper (polls and prefetches are none), and at the latest so
# many after its beginning or its login.
SESSION_COOKIE_AGE = NAVSTATE_IDLE_AGE = env.int("SESSION_IDLE_SECONDS", default=14 * 24 * 3600)
NAVSTATE_CLIENT_ADDRESS = "shop.accounts.lockout.client_ip"
NAVSTATE_ABSOLUTE_AGE = env.int("SESSION_ABSOLUTE_SECONDS", default=90 * 24 * 3600)
# A page warns so many seconds before that.
NAVSTATE_WARNING = env.int("SESSION_WARNING_SECONDS", default=300)
CSRF_FAILURE_VIEW = "navstate.confirmation.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *env.list("CSP_FORM_ACTION", default=[])],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

# --- Rooms --------------------------------------------------------------------------------------------------------
# True runs the demo payment provider inside this process; off in production.
DEMO_GATEWAY = env.bool("DEMO_GATEWAY", default=False)
if DEMO_GATEWAY and HTTPS:
    raise ImproperlyConfigured("DEMO_GATEWAY=1 lets anybody pay without money; it is for HTTPS=0 only.")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "config.staticfiles.CollectedFilesConfig",
    "allauth",
    "allauth.account",
    "axes",
    "csp",
    "django_fsm",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "djmoney",
    "django_countries",
    "treebeard",
    "navstate",
    "shop.catalog",
    "shop.stock",
    "shop.cart",
    "shop.accounts",
    "checkout",
    "checkout.payments.demo.apps.DemoGatewayConfig",
]

# Plain names while workers of a release before ``__Host-`` names run beside those of this one.
PLAIN_COOKIES = env.bool("PLAIN_COOKIES", default=False)
MIDDLEWARE = [
    "config.headers.HeadersMiddleware",
    *(["config.cookies.HostCookiesMiddleware"] if HTTPS else []),
    "navstate.middleware.LivenessMiddleware",
    "config.bodies.BodyLimitMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.policy.PolicyMiddleware",
    "config.addresses.AddressMiddleware",
    "navstate.middleware.LanguageFromPathMiddleware",
    "navstate.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "navstate.middleware.NavMiddleware",
    "axes.middleware.AxesMiddleware",
    "shop.accounts.devices.device_middleware",
]

# config.addresses does it, for what is sent as well.
APPEND_SLASH = False

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "navstate.context_processors.nav",
            ],
        },
    }
]

# Plain inputs without a template each.
FORM_RENDERER = "shop.accounts.rendering.QuickRenderer"

# --- Stores -------------------------------------------------------------------------------------------------------
# Seconds that a page waits for a store that does not answer, before it says so (503).
STORE_TIMEOUT = env.float("STORE_TIMEOUT_SECONDS", default=2.0)
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'waymark.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    if ":" not in str(_database["NAME"]):
        _database["NAME"] = str(BASE_DIR / _database["NAME"])
    # One host only. IMMEDIATE: a writer takes its turn at BEGIN instead of failing at the first write;
    # FULL: an order that was answered survives a power cut.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=134217728;",
    }
    _database["CONN_MAX_AGE"] = None
else:
    _database["ENGINE"] = "config.postgresql"
    # That a connection died is found out by the backend before a page is given it: a restart of the server costs none.
    _database["OPTIONS"] = _database.get("OPTIONS", {}) | {
        "connect_timeout": max(2, math.ceil(STORE_TIMEOUT)),
        "tcp_user_timeout": math.ceil(STORE_TIMEOUT * 1000),
        "pool": {
            "min_size": env.int("DATABASE_POOL_MIN", default=1),
            "max_size": env.int("DATABASE_POOL_MAX", default=8),
            "timeout": STORE_TIMEOUT,
            # Given up so soon, since whoever comes next begins anew; the pool itself would wait longer each time.
            "reconnect_timeout": STORE_TIMEOUT,
        },
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "waymark",
            "OPTIONS": {
                "CLIENT_CLASS": "django_redis.client.DefaultClient",
                "SOCKET_CONNECT_TIMEOUT": STORE_TIMEOUT,
                "SOCKET_TIMEOUT": STORE_TIMEOUT,
            },
        }
    }
    SESSION_ENGINE = "navstate.sessions.redis"
    NAVSTATE_STORAGE = "navstate.storage.redis.RedisStorage"
    NAVSTATE_ONCE_STORAGE = "navstate.once.redis.RedisClaims"
    NAVSTATE_TRACE_STORAGE = "navstate.tracing.redis.RedisTraces"
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "waymark",
            "OPTIONS": {"MAX_ENTRIES": 2000},
        }
    }
    SESSION_ENGINE = "navstate.sessions.sql"
    NAVSTATE_STORAGE = "navstate.storage.sql.SqlStorage"
    NAVSTATE_ONCE_STORAGE = "navstate.once.sql.SqlClaims"
    NAVSTATE_TRACE_STORAGE = "navstate.tracing.sql.SqlTraces"

# Share of the visitors, 0 to 1, whose steps through cart and checkout are traced for staff.
NAVSTATE_TRACE = env.float("TRACE_RATE", default=1.0)

# Mail and webhooks are sent by tasks kept in the database: a restart loses none.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
# True: this process also works the tasks off, in a thread of its own (the embedded set-up).
EMBEDDED_WORKER = env.bool("EMBEDDED_WORKER", default=False)

# --- Files --------------------------------------------------------------------------------------------------------
STATIC_URL = f"{SCRIPT_NAME}/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = f"{SCRIPT_NAME}/media/"
MEDIA_ROOT = BASE_DIR / env.str("MEDIA_ROOT", default=str(VAR_DIR / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "config.staticfiles.HashedFilesStorage"
    },
}

# --- Accounts -----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "shop.accounts.devices.TriesBackend",
    "axes.backends.AxesStandaloneBackend",
    # Django's ModelBackend underneath it, by e-mail address and in constant time; both would hash every password twice.
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "checkout.adapter.CheckoutAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
# The class, not a secret.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_RATE_LIMITS = {
    "login": f"{env.int('LOGINS_PER_MINUTE', default=60)}/m/ip",
    "login_failed": "",  # wrong passwords of one account are counted by axes, below
    # A registration logs in at once, so it has to say when an address is taken. Slow enough to be no use for asking.
    "signup": f"{env.int('REGISTRATIONS_PER_MINUTE', default=20)}/m/ip",
    "reset_password": "20/m/ip,5/m/key",
}
AXES_FAILURE_LIMIT = env.int("AXES_FAILURE_LIMIT", default=10)
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "shop.accounts.lockout.locked_out"
AXES_USERNAME_CALLABLE = "shop.accounts.lockout.attempted_login"
AXES_WHITELIST_CALLABLE = "shop.accounts.devices.is_known_device"
AXES_CLIENT_IP_CALLABLE = "shop.accounts.lockout.client_ip"
# Tries while locked out do not lengthen it: the page names a time and keeps its word.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # a list of who logged in when and from where: nobody needs it, so it is not kept
AXES_VERBOSE = False

# --- Language, time, money ----------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
DEFAULT_CURRENCY = known_currency(env.str("DEFAULT_CURRENCY", default="EUR"))
CURRENCIES = (DEFAULT_CURRENCY,)
CURRENCY_DECIMAL_PLACES = get_currency_precision(DEFAULT_CURRENCY)

# --- Mail ---------------------------------------------------------------------------------------------------------
# EMAIL_URL: consolemail://, filemail:///folder or smtp+tls://user:password@host:587
_mail = env.email_url("EMAIL_URL", default="consolemail://")
if _mail["EMAIL_BACKEND"].endswith("filebased.EmailBackend"):
    _mail["EMAIL_FILE_PATH"] = str(BASE_DIR / _mail["EMAIL_FILE_PATH"])
vars().update(_mail)
# Seconds that a mail server has for each of its answers.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Waymark <shop@localhost>")

# --- The shop -----------------------------------------------------------------------------------------------------
SHOP_NAME = env.str("SHOP_NAME", default="Waymark")
# Absolute address of the shop, for mail and for the payment provider. Empty: that of the request.
SHOP_URL = env.str("SHOP_URL", default="")
# The country where most shoppers are (ISO 3166 alpha-2, such as DE): first in every list of countries. Empty for none.
SHOP_COUNTRY = env.str("SHOP_COUNTRY", default="").upper()
PAGE_SIZE = 20
# What a request may send in all, pictures included; refused by its length, before anything is read.
MAX_BODY_BYTES = env.int("MAX_BODY_BYTES", default=12 * 1024 * 1024)
# Names what is deployed (a commit, a tag); a change of it makes every kept page old. Empty: a digest of the files.
RELEASE = env.str("RELEASE", default="")
# How long public pages go on being shown as they were while the database is away; 0: not at all.
STALE_PAGES_SECONDS = env.int("STALE_PAGES_SECONDS", default=900)
# How long stock is held for an order that is not paid yet.
HOLD_TIME = timedelta(minutes=env.int("HOLD_MINUTES", default=30))
# And when fewer than so many units are left for others.
SCARCE_HOLD_TIME = timedelta(minutes=env.int("SCARCE_HOLD_MINUTES", default=10))
SCARCE_UNITS = env.int("SCARCE_UNITS", default=5)
# How many orders may await payment at once, 0 for any number: of a visitor, an e-mail address, a network address.
OPEN_ORDERS_PER_VISITOR = env.int("OPEN_ORDERS_PER_VISITOR", default=3)
OPEN_ORDERS_PER_EMAIL = env.int("OPEN_ORDERS_PER_EMAIL", default=5)
OPEN_ORDERS_PER_ADDRESS = env.int("OPEN_ORDERS_PER_ADDRESS", default=10)
CART_AGE = timedelta(days=env.int("CART_DAYS", default=60))
# Gateways offered, in this order: name -> dotted path of the class.
PAYMENT_GATEWAYS = {"demo": "checkout.payments.demo_adapter.DemoGateway"} if DEMO_GATEWAY else {}
# Seconds that all calls of a provider may take that one request waits for.
GATEWAY_SECONDS = env.float("GATEWAY_SECONDS", default=5.0)
DEMO_GATEWAY_SECRET = env.str("DEMO_GATEWAY_SECRET", default="")
# Seconds until a payment that the shopper "delayed" comes in; how the shopper is sent back (GET or POST); whether
# money is taken at once (automatic) or reserved until the shop asks for it (manual).
DEMO_GATEWAY_DELAY = env.float("DEMO_GATEWAY_DELAY", default=5.0)
DEMO_GATEWAY_RETURN = env.str("DEMO_GATEWAY_RETURN", default="GET")
DEMO_GATEWAY_CAPTURE = env.str("DEMO_GATEWAY_CAPTURE", default="automatic")
# Address of a demo provider in a process of its own, called over HTTP; empty: it runs in this one.
DEMO_GATEWAY_API = env.str("DEMO_GATEWAY_API", default="")
# Where the demo provider's pages are, when not at the shop's own address (to try what another site changes).
DEMO_GATEWAY_ORIGIN = env.str("DEMO_GATEWAY_ORIGIN", default="")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"cut tokens": {"()": "checkout.logs.CutTokens"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["cut tokens"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
