"""A server of this machine that speaks S3, for stores at URLs; a bucket of its own for each test."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests


@contextmanager
def s3_server() -> Iterator[str]:
    """Start a server and yield its address; nothing of it is written to disk."""
    pytest.importorskip("s3fs")
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def new_bucket(address: str, patch: pytest.MonkeyPatch) -> str:
    """Make a bucket, tell this process and its children where it is, and return the URL of a store."""
    patch.setenv("AWS_ENDPOINT_URL", address)
    patch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "of-no-use-anywhere")
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    name = f"bucket-{secrets.token_hex(6)}"
    assert requests.put(f"{address}/{name}", timeout=60).ok
    return f"s3://{name}/results"
