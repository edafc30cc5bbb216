"""Access to a running emulator: the environment of its clients, and a health check."""

from __future__ import annotations

import os
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
REGION = "us-east-1"
HEALTH_TIMEOUT_S = 1.0


def environment(endpoint_url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a process whose AWS calls can reach only this emulator.

    All AWS settings in `environ`, such as the developer's profile and keys, are replaced.
    """
    kept = {name: value for name, value in environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
    }


def is_healthy(endpoint_url: str, *, timeout_s: float = HEALTH_TIMEOUT_S) -> bool:
    """Return whether an emulator answers at this address within the timeout."""
    # http.client is used, because urllib would use a proxy from the environment.
    connection = HTTPConnection(urlsplit(endpoint_url).netloc, timeout=timeout_s)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
