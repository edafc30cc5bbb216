"""The CORS headers that an HTTP API of API Gateway adds to replies.

The reply to a preflight request has status 204 for any path. If the origin is not allowed, the
reply has no CORS headers, so the browser does not send the actual request. Replies to all other
requests with an allowed `Origin` have CORS headers too, even the gateway's own errors. CORS headers
from the function are removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HEADER_PREFIX = "access-control-"
# The patterns that API Gateway supports, except `*`, and the prefix that each pattern matches.
PATTERNS = {"http://*": "http://", "https://*": "https://"}


@dataclass(frozen=True)
class Cors:
    """The CORS configuration of an HTTP API. Except for origins, the template has the same values.

    An origin is `*`, `http://*`, `https://*` or a full origin. The replies never allow
    credentials, so `*` is safe.
    """

    allow_origins: tuple[str, ...] = ("*",)
    allow_methods: tuple[str, ...] = ("GET", "POST", "OPTIONS")
    allow_headers: tuple[str, ...] = ("authorization", "content-type")
    expose_headers: tuple[str, ...] = ("x-request-id", "retry-after")
    max_age_s: int = 86400

    def is_preflight(self, method: str, headers: Mapping[str, str]) -> bool:
        """Return whether the request is a preflight. The header names must be in lower case."""
        return (
            method == "OPTIONS"
            and "origin" in headers
            and "access-control-request-method" in headers
        )

    def preflight_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers of the reply to a preflight request."""
        allowed = self._origin_headers(headers)
        if "access-control-allow-origin" not in allowed:
            return allowed
        return allowed | {
            "access-control-allow-methods": ",".join(self.allow_methods),
            "access-control-allow-headers": ",".join(self.allow_headers),
            "access-control-max-age": str(self.max_age_s),
        }

    def reply_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers to add to the reply to any other request."""
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
