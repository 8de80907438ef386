"""Who may log in: a file of names and hashed passwords.

One line is one user: the name, a colon, and how the password was hashed (scrypt, its costs, the
salt and the hash). The file is its owner's alone, and is read again when it has changed, so a user
who is taken out of it is out.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
import tempfile
import threading
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from index import InvalidInput, OnRecordError

MIN_PASSWORD = 10
MAX_PASSWORD = 500

_NAME = re.compile(r"[\w.@+-]{1,64}")


class UsersUnreadable(OnRecordError):
    """The file of users cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordHash:
    """A password as scrypt leaves it.

    Source: OWASP's Password Storage Cheat Sheet, scrypt with 16 MB: n = 2**14, r = 8, p = 5.
    """

    salt: bytes
    digest: bytes
    n: int = 2**14
    r: int = 8
    p: int = 5

    @classmethod
    def of(cls, password: str) -> Self:
        """The hash of a password, with a salt of its own."""
        unhashed = cls(salt=secrets.token_bytes(16), digest=b"")
        return replace(unhashed, digest=unhashed.scrypt(password))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote.

        Raises:
            ValueError: it is no such hash, or its costs are out of bounds.
        """
        kind, n, r, p, salt, digest = text.split("$")
        if kind != "scrypt" or int(n) > 2**17 or int(r) > 16 or int(p) > 16:
            raise ValueError(kind)
        return cls(
            salt=base64.b64decode(salt, validate=True),
            digest=base64.b64decode(digest, validate=True),
            n=int(n),
            r=int(r),
            p=int(p),
        )

    def __str__(self) -> str:
        salt, digest = (base64.b64encode(part).decode() for part in (self.salt, self.digest))
        return f"scrypt${self.n}${self.r}${self.p}${salt}${digest}"

    def scrypt(self, password: str) -> bytes:
        """The digest of `password` with this salt and these costs."""
        return hashlib.scrypt(
            unicodedata.normalize("NFKC", password).encode(errors="surrogatepass"),
            salt=self.salt,
            n=self.n,
            r=self.r,
            p=self.p,
            maxmem=2**28,
            dklen=32,
        )

    def fits(self, password: str) -> bool:
        """Whether `password` is the one, in a time that does not depend on it."""
        return hmac.compare_digest(self.scrypt(password), self.digest)


_NOBODY = PasswordHash(salt=bytes(16), digest=bytes(32))
"""It fits no password, and takes as long to say so as another."""


class Users:
    """The users of a file. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._hashes: dict[str, PasswordHash] = {}

    def names(self) -> list[str]:
        """Who may log in, in the order of the file.

        Raises:
            UsersUnreadable: the file is not there, or a line of it is none of ours.
        """
        return list(self._read())

    def stamp(self, name: str) -> str:
        """What changes with a user's password; empty for who is no user."""
        known = self._read().get(name)
        return "" if known is None else known.digest.hex()

    def check(self, name: str, password: str) -> bool:
        """Whether this is the password of a user; an unknown name takes as long as a known one.

        Raises:
            UsersUnreadable: as `names`.
        """
        known = self._read().get(name)
        fits = (known or _NOBODY).fits(password[: MAX_PASSWORD + 1])
        return fits and known is not None

    def add(self, name: str, password: str) -> bool:
        """Write a user into the file, which is made when it is not there; whether he is new.

        Raises:
            InvalidInput: the name or the password cannot be used.
            UsersUnreadable: the file cannot be read or written.
        """
        if not _NAME.fullmatch(name):
            raise InvalidInput(
                f"{name!r} is no name for a user: letters, digits and . @ + - _, at most 64"
            )
        if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
            raise InvalidInput(
                f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters, "
                f"this one has {len(password)}"
            )
        hashes = dict(self._read()) if self._path.exists() else {}
        is_new = name not in hashes
        hashes[name] = PasswordHash.of(password)
        self._write(hashes)
        return is_new

    def remove(self, name: str) -> None:
        """Take a user out of the file.

        Raises:
            InvalidInput: there is no such user.
            UsersUnreadable: the file cannot be read or written.
        """
        hashes = dict(self._read())
        if hashes.pop(name, None) is None:
            raise InvalidInput(f"{self._path} has no user {name!r}")
        self._write(hashes)

    def _read(self) -> dict[str, PasswordHash]:
        with self._lock:
            try:
                status = self._path.stat()
                seen = (status.st_mtime_ns, status.st_size, status.st_ino)
                if seen != self._seen:
                    self._hashes = self._parse(self._path.read_text(encoding="utf-8"))
                    self._seen = seen
            except (OSError, UnicodeDecodeError) as error:
                raise UsersUnreadable(
                    f"the users in {self._path} cannot be read ({error}); "
                    f"make the file: onrecord user add NAME --auth {self._path}"
                ) from error
            return self._hashes

    def _parse(self, text: str) -> dict[str, PasswordHash]:
        hashes = {}
        for number, line in enumerate(text.splitlines(), start=1):
            name, _, hashed = line.strip().partition(":")
            if not name or name.startswith("#"):
                continue
            try:
                hashes[name] = PasswordHash.parse(hashed)
            except ValueError as error:
                raise UsersUnreadable(
                    f"line {number} of {self._path} is no user; "
                    f"write it anew: onrecord user add NAME --auth {self._path}"
                ) from error
        return hashes

    def _write(self, hashes: dict[str, PasswordHash]) -> None:
        text = "".join(f"{name}:{hashed}\n" for name, hashed in hashes.items())
        try:
            handle, part = tempfile.mkstemp(prefix=".users-", dir=self._path.parent)  # 0600
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(handle)
            Path(part).replace(self._path)
        except OSError as error:
            raise UsersUnreadable(f"{self._path} cannot be written: {error.strerror}") from error
