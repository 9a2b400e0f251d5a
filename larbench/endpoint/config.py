"""Where the language model is, from the environment; and keeping its secrets out of everything written."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

from benchmark.errors import UsageError

KEY, URL = "OPENAI_API_KEY", "OPENAI_BASE_URL"
DEFAULT_URL = "https://api.openai.com/v1"
MISSING = f"no endpoint: set {KEY} (or {URL})"

_API_VERSION = "api-version"  # of Azure; the one thing that may stand in an address's query
_COMPLETIONS = "/chat/completions"
_BLOT = "***"
_SHORTEST_SECRET = 8  # shorter ones ("none", "EMPTY") are placeholders, and words of other texts


@dataclass(frozen=True)
class Endpoint:
    """An address that speaks chat completions. Its representation shows no secret.

    ``url`` holds no user name or password: those went into ``authorization``, the value of that header,
    which is None where the key does. ``api_version`` is there for addresses of Azure alone.
    """

    url: str
    key: str = field(repr=False)
    authorization: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    api_version: str | None = None

    def redact(self, text: str) -> str:
        """Return a text with every secret of this endpoint left out."""
        for secret in sorted({self.key, *self.secrets}, key=len, reverse=True):
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, _BLOT)
        return text

    def proxy(self) -> str | None:
        """Return host and port of the proxy that requests go through, None where they go through none."""
        parts = urlsplit(self.url)
        proxies = getproxies()
        address = proxies.get(parts.scheme) or proxies.get("all")
        if not address or proxy_bypass(parts.hostname or ""):
            return None
        return urlsplit(address).netloc.rpartition("@")[2]


def missing_endpoint(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return why no language model can be asked, or None where one can: a key or an address is set."""
    if environment.get(KEY, "").strip() or environment.get(URL, "").strip():
        return None
    return MISSING


def model_label(model: str, revision: str | None) -> str:
    """Return what a model is called in the label of a row: its name, with the revision where one is given."""
    return f"{model}@{revision}" if revision else model


def endpoint_from_environment(environment: Mapping[str, str] = os.environ) -> Endpoint:
    """Return the endpoint that ``OPENAI_API_KEY`` and ``OPENAI_BASE_URL`` name.

    A server of one's own needs no key.

    Parameters
    ----------
    environment : mapping of str to str
        The environment variables; by default those of this process.

    Returns
    -------
    Endpoint
        Where to ask, and with which key.

    Raises
    ------
    UsageError
        Where both are missing or one is malformed; the message shows neither.
    """
    if missing_endpoint(environment):
        raise UsageError(MISSING)
    key = environment.get(KEY, "").strip()  # keys read from files often end in a line break
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise UsageError(f"{KEY} holds characters that no key has: look for quotes, spaces, line breaks")
    address = environment.get(URL, "").strip() or DEFAULT_URL
    try:
        parts = urlsplit(address)
        host, port, query = (
            parts.hostname,
            parts.port,
            parse_qs(parts.query, strict_parsing=bool(parts.query)),
        )
    except ValueError:
        host = port = None
    if host is None or parts.scheme not in ("http", "https") or set(query) - {_API_VERSION} or parts.fragment:
        raise UsageError(
            f"{URL} is not an address such as https://example.org/v1: http or https, a host, a path; no query"
            f" but Azure's ?{_API_VERSION}="
        )
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    path = parts.path.rstrip("/").removesuffix(_COMPLETIONS)  # as documentation writes it
    url = urlunsplit((parts.scheme, netloc, path, "", ""))
    version = query[_API_VERSION][0] if query else None
    if parts.username is None:
        return Endpoint(url, key or "none", api_version=version)
    user, password = unquote(parts.username), unquote(parts.password or "")
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    secrets = tuple({password, parts.password or "", pair} - {""})
    return Endpoint(url, key or "none", f"Basic {pair}", secrets, version)
