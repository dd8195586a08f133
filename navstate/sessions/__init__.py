"""Session engines for ``SESSION_ENGINE``: ``navstate.sessions.redis`` and ``navstate.sessions.sql``."""

NAV_ID_KEY = "_nav_id"
"""The session key of a visitor's ``nav_id``, under which navigation state is stored. It survives a new session key."""
