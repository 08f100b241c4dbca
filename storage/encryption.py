"""How stored texts are sealed: AES-256-GCM, a data key for each account, wrapped by the master key.

A ciphertext is bound to its place (table, column, row), so that one cannot be put in another's stead unnoticed. Nonces
are random, which is safe for 2^32 texts under one data key (NIST SP 800-38D, 8.3). Where keys and texts are kept is not
this file's concern.
"""

import hmac
import os
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.errors import Unavailable

KEY_BYTES = 32
NONCE_BYTES = 12
KEPT = 1024  # unwrapped data keys in memory


@dataclass(frozen=True, slots=True)
class DataKey:
    """What one account's texts are sealed with. `id` stands beside each of them."""

    id: int
    _cipher: AESGCM = field(repr=False)

    def seal(self, text: str, place: str) -> bytes:
        """Nonce, ciphertext and tag. Half a surrogate pair, which a model can produce, is kept as it is."""
        return self.seal_bytes(text.encode("utf-8", "surrogatepass"), place)

    def unseal(self, sealed: bytes, place: str) -> str:
        """Raises `Unavailable` where this key never sealed that for this place."""
        return self.unseal_bytes(sealed, place).decode("utf-8", "surrogatepass")

    def seal_bytes(self, data: bytes, place: str) -> bytes:
        return _encrypt(self._cipher, data, place)

    def unseal_bytes(self, sealed: bytes, place: str) -> bytes:
        """Raises `Unavailable` as `unseal` does."""
        return _decrypt(self._cipher, sealed, place)


class MasterKey:
    """Everything secret comes from it, each use from a key of its own."""

    def __init__(self, secret: bytes) -> None:
        self._wrapping = AESGCM(_derived(secret, "wrapping data keys"))
        self._pseudonyms = _derived(secret, "pseudonyms")
        self.id = _derived(secret, "id").hex()[:16]  # tells master keys apart, and tells nothing of them
        self._cipher = lru_cache(KEPT)(self._unwrap)

    def new_data_key(self, account_id: int) -> bytes:
        """A wrapped data key for this account."""
        return _encrypt(self._wrapping, os.urandom(KEY_BYTES), _key_place(account_id))

    def data_key(self, id: int, account_id: int, wrapped: bytes) -> DataKey:
        """Raises `Unavailable` where it was not made by this master key for this account."""
        return DataKey(id, self._cipher(account_id, wrapped))

    def pseudonym(self, platform: str, account: str) -> str:
        """The same for the same account, and of no use without the master key."""
        return hmac.digest(self._pseudonyms, f"{platform}\0{account}".encode(), "sha256").hex()

    def _unwrap(self, account_id: int, wrapped: bytes) -> AESGCM:
        return AESGCM(_decrypt(self._wrapping, wrapped, _key_place(account_id)))


def _key_place(account_id: int) -> str:
    return f"data_keys.wrapped:{account_id}"


def _derived(secret: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose. One HMAC is enough, for the master key is random and not a password (RFC 5869, 3.3)."""
    return hmac.digest(secret, f"parley/{purpose}".encode(), "sha256")


def _encrypt(cipher: AESGCM, data: bytes, place: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, data, place.encode())


def _decrypt(cipher: AESGCM, sealed: bytes, place: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError) as error:  # ValueError: shorter than a nonce
        raise Unavailable(
            "Something I have stored cannot be read any more.",
            detail=f"{place} is not what Parley wrote there with this master key: restore a backup",
        ) from error
