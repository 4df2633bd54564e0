"""PostgreSQL, by psycopg 3: a database by its connection string, and its faults in words.

Enters: `postgresql://USER@HOST:PORT/DATABASE`.  Leaves: connections.  What the string holds of secrets reaches no
message: faults are told without it, and a string whose password could be taken for a host is refused unread.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tierproof.errors import InputError
from tierproof.extras import optional
from tierproof.messages import Message, gettext

__all__ = ["Database", "is_database"]

_SCHEMES: Final = ("postgresql://", "postgres://")
_SECRETS: Final = ("password", "sslpassword")
_DEFAULTS: Final = {
    "connect_timeout": "10",
    # A server that is gone without a word is noticed within half a minute.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
    "application_name": "tierproof",
}


def is_database(text: str) -> bool:
    """Does it name a database, not a file?"""
    return text.startswith(_SCHEMES)


class Database:
    """One database.  What it says of itself holds no secret."""

    def __init__(self, url: str) -> None:
        """Connects nowhere yet.  Raises InputError for a string that cannot be read, or where psycopg is missing."""
        self._psycopg = optional("psycopg", use=Message("work with PostgreSQL"), extra="postgres")
        info = optional("psycopg.conninfo", use=Message("work with PostgreSQL"), extra="postgres")
        authority, _, rest = url.partition("://")[2].partition("/")
        try:
            if not is_database(url) or authority.count("@") > 1 or "@" in rest.partition("?")[0]:
                raise _unread()
            parts: dict[str, Any] = info.conninfo_to_dict(url)
        except self._psycopg.ProgrammingError:
            raise _unread() from None
        self._secrets = [str(parts[name]) for name in _SECRETS if parts.get(name)]
        self._parts = {**_DEFAULTS, **parts}

    def __str__(self) -> str:
        host, port = self._parts.get("host") or "", self._parts.get("port") or ""
        place = f"{host}:{port}" if host and port else host
        name = self._parts.get("dbname") or ""
        return " ".join(part for part in ("PostgreSQL", f"'{name}'" if name else "", place and f"at {place}") if part)

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that tell this database from others; of nothing secret."""
        import hashlib  # noqa: PLC0415  (it loads OpenSSL, and every command reads this file)

        told = sorted((name, str(value)) for name, value in self._parts.items() if name not in _SECRETS)
        return hashlib.blake2b(repr(told).encode(), digest_size=6).hexdigest()

    def connect(self) -> Any:
        """A connection, each of whose statements is a transaction unless one is begun.  Raises InputError."""
        with self.faults():
            # Statements are not prepared: a pool between here and the server may not know them again.
            return self._psycopg.connect(**self._parts, autocommit=True, prepare_threshold=None)

    @property
    def errors(self) -> Any:
        """psycopg's errors, by name."""
        return self._psycopg.errors

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Put PostgreSQL's errors into words for a person."""
        try:
            yield
        except self._psycopg.Error as error:
            message, remedy = f"{self}: {self.told(error)}", gettext("is it running, and may this user write there?")
            raise InputError.of(message, remedy=remedy) from None

    def told(self, error: BaseException) -> str:
        """What an error says, in one line without secrets."""
        from urllib.parse import quote  # noqa: PLC0415  (only where something fails)

        line = " ".join(str(error).split())
        for secret in self._secrets:
            for form in (secret, quote(secret, safe="")):
                line = line.replace(form, "[secret]")
        return line[:500] or type(error).__name__


def _unread() -> InputError:
    message = gettext("this connection string cannot be read")
    remedy = gettext(
        "write postgresql://USER@HOST:PORT/DATABASE, a password percent-encoded, or better in PGPASSWORD or ~/.pgpass"
    )
    return InputError.of(message, remedy=remedy)
