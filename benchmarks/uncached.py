"""The shop's settings with a cache that keeps nothing: what a public page costs when it has to be built."""

from config.settings import *  # noqa: F403

CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
