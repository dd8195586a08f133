"""The shop's settings in the environment of the tests, and what makes tests quick."""

from tests import environment

environment.prepare()

from config.settings import *  # noqa: E402, F403  (the environment must be there first)
from config.settings import STORAGES  # noqa: E402

NAVSTATE_TRACE = 0  # it writes from a thread of its own, which has no part in the transaction of a test
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
