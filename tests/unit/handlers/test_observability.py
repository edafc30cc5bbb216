"""Error descriptions, metrics, and imports without side effects."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import islice

import pytest

from handlers import observability
from handlers.observability import count, describe, flush
from tests.support.api_function import Log
from tests.support.doubles import client_error
from voices_core.errors import ConfigurationError, ValidationError

SETTINGS = {
    "TABLE_NAME",
    "USAGE_QUEUE_URL",
    "AUTH_ISSUER",
    "AUTH_AUDIENCE",
    "AUTH_JWKS_URL",
    "AUTH_HS256_SECRET",
    "FAVORITES_LIMIT",
    "AWS_ENDPOINT_URL",
}
IMPORT_ALL = """
import collections, json, os, socket, sys

read = set()

class Environment(collections.UserDict):
    def __getitem__(self, name):
        read.add(name)
        return super().__getitem__(name)
    def __contains__(self, name):
        read.add(name)
        return super().__contains__(name)

os.environ = Environment(os.environ)

import botocore.client, botocore.session, urllib3

def fail(*args, **kwargs):
    raise AssertionError("import must not create a client or connect")

botocore.session.Session.create_client = fail
botocore.client.ClientCreator.create_client = fail
urllib3.PoolManager.__init__ = fail
socket.socket.connect = fail

import pkgutil, handlers, voices_core
for package in (voices_core, handlers):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        __import__(module.name)

print(json.dumps([sorted(read), sorted(sys.modules)]))
"""


def raised_here(error: Exception) -> Exception:
    """Raise an error to give it a traceback, and return the error."""
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def test_error_is_described_by_type_and_place() -> None:
    [described] = describe(raised_here(ValueError("canary")))

    assert described.startswith("ValueError at test_observability.py:")
    assert "canary" not in described


def test_place_has_no_directory() -> None:
    [described] = describe(raised_here(ValueError()))

    assert os.sep not in described


def test_error_never_raised_has_no_place() -> None:
    assert describe(KeyError("canary")) == ["KeyError at "]


def test_cause_is_described_after_the_error() -> None:
    cause, error = raised_here(KeyError("canary")), ValueError("canary")
    error.__cause__ = cause

    assert [text.split(" ")[0] for text in describe(raised_here(error))] == [
        "ValueError",
        "KeyError",
    ]


def test_context_of_an_error_is_described() -> None:
    error = ValueError("canary")
    error.__context__ = KeyError("canary")
    error.__suppress_context__ = True  # as `raise … from None` does

    assert describe(error) == ["ValueError at ", "KeyError at "]


def test_cycle_of_causes_is_described_once() -> None:
    """Python creates such a cycle if the handler of an error raises an earlier error again."""
    error, other = KeyError("canary"), ValueError("canary")
    error.__context__, other.__cause__ = other, error

    links = list(islice(observability._chain(error), 10))

    assert links == [error, other]


def test_configuration_error_shows_its_message() -> None:
    [described] = describe(raised_here(ConfigurationError("TABLE_NAME is not set")))

    assert described.startswith("ConfigurationError (TABLE_NAME is not set) at ")


def test_other_errors_hide_their_message() -> None:
    assert "canary" not in describe(raised_here(ValidationError("canary")))[0]


def test_aws_error_shows_operation_and_code() -> None:
    [described] = describe(raised_here(client_error("AccessDeniedException", message="canary")))

    assert described.startswith("ClientError (Call: AccessDeniedException) at ")
    assert "canary" not in described


def test_counts_are_written_once(log: Log) -> None:
    count(UsageCounted=2, UsagePoison=1)
    flush()
    flush()

    assert log.metrics == {"UsageCounted": 2, "UsagePoison": 1}


def test_zero_count_is_not_written(log: Log) -> None:
    count(UsageCounted=0)
    flush()

    assert log.everything == ""


def test_metrics_have_the_service_namespace(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    count(UsageCounted=1)
    flush()

    blob = json.loads(capsys.readouterr().out)
    [directive] = blob["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Voices"
    assert directive["Metrics"] == [{"Name": "UsageCounted", "Unit": "Count"}]


def test_disabled_metrics_do_not_accumulate(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "true")

    for _ in range(3):
        count(UsageCounted=1)
        flush()

    assert observability.metrics.metric_set == {}


@pytest.fixture(scope="module")
def imported() -> tuple[set[str], set[str]]:
    """The environment variables that all modules read at import, and the imported modules."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    environ = dict.fromkeys(SETTINGS, "canary") | {"PYTHONPATH": path, "PATH": os.defpath}
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    read, modules = json.loads(done.stdout)
    return set(read), set(modules)


def test_import_reads_no_settings_and_creates_no_client(
    imported: tuple[set[str], set[str]],
) -> None:
    read, modules = imported

    assert not SETTINGS & read
    assert {"handlers.api", "handlers.aggregator", "voices_core.usage.log"} <= modules


def test_import_loads_no_expensive_package(
    imported: tuple[set[str], set[str]],
) -> None:
    _, modules = imported

    assert not {"boto3", "aws_xray_sdk", "pydantic", "requests"} & modules
