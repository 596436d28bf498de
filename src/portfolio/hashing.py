"""Hashes that anyone can compute again: SHA-256 over RFC 8785 JSON."""

import hashlib
from typing import Any

import rfc8785


def canonical(value: Any) -> bytes:
    return rfc8785.dumps(value)


def sha256(value: Any) -> str:
    """The hex digest of `value`, any JSON value, in its canonical form."""
    return hashlib.sha256(canonical(value)).hexdigest()
