"""service.json is complete or missing, and readers ignore the file of an ended process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from voices_tools import service_file
from voices_tools.service_file import RunningService

SERVICE = RunningService(
    pid=os.getpid(),
    port=8787,
    url="http://127.0.0.1:8787",
    emulator_url="http://127.0.0.1:8788",
    table="voices",
    queue_url="http://127.0.0.1:8788/000000000000/voices-usage",
    dead_letter_queue_url="http://127.0.0.1:8788/000000000000/voices-usage-dead",
)


def test_written_service_is_read_back(tmp_path: Path) -> None:
    service_file.write(tmp_path, SERVICE)

    assert service_file.read(tmp_path) == SERVICE
    assert [path.name for path in tmp_path.iterdir()] == ["service.json"]
    assert json.loads((tmp_path / "service.json").read_text()) == asdict(SERVICE)


def test_removed_file_is_no_service(tmp_path: Path) -> None:
    service_file.write(tmp_path, SERVICE)
    service_file.remove(tmp_path)
    service_file.remove(tmp_path)  # a missing file is not an error

    assert service_file.read(tmp_path) is None


def test_missing_folder_is_no_service(tmp_path: Path) -> None:
    assert service_file.read(tmp_path / "nowhere") is None


def test_file_of_an_ended_process_is_ignored(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    service_file.write(tmp_path, replace(SERVICE, pid=ended.pid))

    assert service_file.read(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": 1}'])
def test_unreadable_file_is_ignored(text: str, tmp_path: Path) -> None:
    (tmp_path / "service.json").write_text(text)

    assert service_file.read(tmp_path) is None
