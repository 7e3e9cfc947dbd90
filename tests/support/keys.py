"""The key pair that signs and verifies access tokens in tests."""

from functools import cache

from joserfc.jwk import OKPKey


@cache
def signing_key_pair() -> tuple[str, str]:
    """Private and public Ed25519 key, PEM."""
    key = OKPKey.generate_key("Ed25519")
    return key.as_pem(private=True).decode(), key.as_pem(private=False).decode()
