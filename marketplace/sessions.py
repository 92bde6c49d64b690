"""Sessions in the cache and the database, as Django has them, with one look-up less for each new visitor."""

from __future__ import annotations

from django.contrib.sessions.backends import cached_db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.utils.crypto import get_random_string


class SessionStore(cached_db.SessionStore):
    """A new key is 32 random characters; the insert itself refuses a taken one, and `create` tries again."""

    def _get_new_session_key(self) -> str:
        return get_random_string(32, VALID_KEY_CHARS)
