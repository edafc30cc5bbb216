"""Which answers a page of another origin may read, as API Gateway's HTTP API decides it.

As there: a preflight is answered with 204, whatever its path; one from an origin that is not
allowed gets no further header, and so the browser refuses. Every other answer to a request with an
`Origin` carries the headers, those of the gateway itself included; what the function says is
dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "access-control-"
PATTERNS = {"http://*": "http://", "https://*": "https://"}  # the only ones API Gateway knows


@dataclass(frozen=True)
class Cors:
    """The CORS configuration of an HTTP API, by default that of the template but for the origins.

    An origin is `*`, `http://*`, `https://*` or one in full. No credentials, so `*` is safe.
    """

    allow_origins: tuple[str, ...] = ("*",)
    allow_methods: tuple[str, ...] = ("GET", "POST", "OPTIONS")
    allow_headers: tuple[str, ...] = ("authorization", "content-type")
    expose_headers: tuple[str, ...] = ("x-request-id", "retry-after")
    max_age: int = 86400  # seconds

    def is_preflight(self, method: str, headers: Mapping[str, str]) -> bool:
        """Whether the gateway answers this request by itself; header names in lower case."""
        return (
            method == "OPTIONS"
            and "origin" in headers
            and "access-control-request-method" in headers
        )

    def preflight_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers of the answer to a preflight."""
        allowed = self._origin_headers(headers)
        if "access-control-allow-origin" not in allowed:
            return allowed
        return allowed | {
            "access-control-allow-methods": ",".join(self.allow_methods),
            "access-control-allow-headers": ",".join(self.allow_headers),
            "access-control-max-age": str(self.max_age),
        }

    def answer_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """What the answer to a request gets beside its own headers."""
        allowed = self._origin_headers(headers)
        if "access-control-allow-origin" not in allowed:
            return allowed
        return allowed | {"access-control-expose-headers": ",".join(self.expose_headers)}

    def _origin_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        if "*" in self.allow_origins:
            return {"access-control-allow-origin": "*"} if "origin" in headers else {}
        varies = {"vary": "origin"}
        origin = headers.get("origin", "")
        if any(origin.startswith(PATTERNS.get(allowed, "\0")) for allowed in self.allow_origins):
            return varies | {"access-control-allow-origin": origin}
        if origin and origin in self.allow_origins:
            return varies | {"access-control-allow-origin": origin}
        return varies
