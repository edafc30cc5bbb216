"""End-to-end tests of the deliverables: packages, functions, a stack, a clean clone."""

import pytest

pytest.register_assert_rewrite(
    *(
        f"tests.contract.test_{topic}"
        for topic in ("favorites", "http", "identity", "requests", "usage")
    ),
    "tests.support.http_api",
    "tests.e2e.cloud",
    "tests.e2e.dynamodb_local",
)
