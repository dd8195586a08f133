"""What a shop that tests start runs with: its own settings, and passwords that take no second of a core to check."""

from config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
