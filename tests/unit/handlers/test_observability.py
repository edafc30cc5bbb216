"""Errors are described by type and place, and importing the functions does nothing else."""

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
from tests.support.doubles import refusal
from voices_core.errors import ConfigurationError, ValidationError

OURS = {
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

def never(*args, **kwargs):
    raise AssertionError("nothing is made or opened at import")

botocore.session.Session.create_client = never
botocore.client.ClientCreator.create_client = never
urllib3.PoolManager.__init__ = never
socket.socket.connect = never

import pkgutil, handlers, voices_core
for package in (voices_core, handlers):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        __import__(module.name)

print(json.dumps([sorted(read), sorted(sys.modules)]))
"""


def raised(error: Exception) -> Exception:
    """The same error, raised here."""
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def test_an_error_is_described_by_type_and_place() -> None:
    [told] = describe(raised(ValueError("canary")))

    assert told.startswith("ValueError at test_observability.py:")
    assert "canary" not in told


def test_no_path_of_the_machine_is_told() -> None:
    [told] = describe(raised(ValueError()))

    assert os.sep not in told


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert describe(KeyError("canary")) == ["KeyError at "]


def test_causes_are_described_after_what_they_caused() -> None:
    cause, error = raised(KeyError("canary")), ValueError("canary")
    error.__cause__ = cause

    assert [told.split(" ")[0] for told in describe(raised(error))] == ["ValueError", "KeyError"]


def test_what_was_being_handled_is_described_too() -> None:
    error = ValueError("canary")
    error.__context__ = KeyError("canary")
    error.__suppress_context__ = True  # as `raise … from None` does

    assert describe(error) == ["ValueError at ", "KeyError at "]


def test_causes_that_go_round_in_a_circle_come_to_an_end() -> None:
    """Python makes such a circle of `raise error` where an error raised from it is handled."""
    error, other = KeyError("canary"), ValueError("canary")
    error.__context__, other.__cause__ = other, error

    links = list(islice(observability._chain(error), 10))

    assert links == [error, other]


def test_a_wrong_setting_is_told() -> None:
    [told] = describe(raised(ConfigurationError("TABLE_NAME is not set")))

    assert told.startswith("ConfigurationError (TABLE_NAME is not set) at ")


def test_other_messages_are_not_told() -> None:
    assert "canary" not in describe(raised(ValidationError("canary")))[0]


def test_what_aws_refused_is_told_by_operation_and_code() -> None:
    [told] = describe(raised(refusal("AccessDeniedException", message="canary")))

    assert told.startswith("ClientError (Call: AccessDeniedException) at ")
    assert "canary" not in told


def test_counts_are_written_once(log: Log) -> None:
    count(UsageCounted=2, UsagePoison=1)
    flush()
    flush()

    assert log.metrics == {"UsageCounted": 2, "UsagePoison": 1}


def test_a_count_of_none_is_not_written(log: Log) -> None:
    count(UsageCounted=0)
    flush()

    assert log.everything == ""


def test_metrics_are_in_the_name_space_of_the_service(
    log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    count(UsageCounted=1)
    flush()

    blob = json.loads(capsys.readouterr().out)
    [directive] = blob["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Voices"
    assert directive["Metrics"] == [{"Name": "UsageCounted", "Unit": "Count"}]


def test_metrics_that_are_switched_off_do_not_pile_up(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "true")

    for _ in range(3):
        count(UsageCounted=1)
        flush()

    assert observability.metrics.metric_set == {}


@pytest.fixture(scope="module")
def imported() -> tuple[set[str], set[str]]:
    """A process that has imported all: the variables that it read, and its modules."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    environ = dict.fromkeys(OURS, "canary") | {"PYTHONPATH": path, "PATH": os.defpath}
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    read, modules = json.loads(done.stdout)
    return set(read), set(modules)


def test_importing_the_functions_reads_no_setting_and_makes_no_client(
    imported: tuple[set[str], set[str]],
) -> None:
    read, modules = imported

    assert not OURS & read
    assert {"handlers.api", "handlers.aggregator", "voices_core.usage.log"} <= modules


def test_importing_the_functions_imports_nothing_that_costs_a_cold_start(
    imported: tuple[set[str], set[str]],
) -> None:
    _, modules = imported

    assert not {"boto3", "aws_xray_sdk", "pydantic", "requests"} & modules
