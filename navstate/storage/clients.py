"""Import redis-py and django-redis, the extra ``redis``; without them, an error says how to install them."""

from __future__ import annotations

try:
    from django_redis import get_redis_connection
    from redis import Redis
    from redis import asyncio as redis_asyncio
    from redis.exceptions import ConnectionError as RedisConnectionError
    from redis.exceptions import NoScriptError, ResponseError
    from redis.exceptions import TimeoutError as RedisTimeoutError
except ImportError as missing:
    raise ImportError(
        "The Redis backends of navstate need redis and django-redis: pip install 'django-navstate[redis]'"
    ) from missing

__all__ = [
    "NoScriptError",
    "Redis",
    "RedisConnectionError",
    "RedisTimeoutError",
    "ResponseError",
    "get_redis_connection",
    "redis_asyncio",
]
