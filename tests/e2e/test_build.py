"""What `sam build` packs, without Docker, for either processor."""

from __future__ import annotations

import os
import struct
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUNCTIONS = ["ApiFunction", "AggregatorFunction"]
ELF_MACHINES = {62: "x86_64", 183: "arm64"}


@pytest.fixture(scope="module", params=["arm64", "x86_64"])
def build(request: pytest.FixtureRequest) -> tuple[str, Path]:
    """An architecture, and the folder that was built for it."""
    architecture: str = request.param
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    subprocess.run(["make", "build", f"ARCH={architecture}"], cwd=ROOT, env=environ, check=True)
    return architecture, ROOT / ".aws-sam/build"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_packed_with_its_handlers_the_core_and_what_they_import(
    build: tuple[str, Path], function: str
) -> None:
    _, folder = build

    packed = {entry.name for entry in (folder / function).iterdir()}

    assert {"handlers", "voices_core", "botocore", "pynamodb", "jwt"} <= packed
    assert not packed & {"tests", "local", "moto", "boto3", "pytest"}
    assert not list((folder / function).rglob("__pycache__"))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_shared_object_is_of_the_architecture_asked_for(
    build: tuple[str, Path], function: str
) -> None:
    architecture, folder = build

    objects = list((folder / function).rglob("*.so"))

    assert objects
    assert {machine(path) for path in objects} == {architecture}


def machine(path: Path) -> str:
    """The processor that an ELF file is for; its number is at byte 18 of the header."""
    header = path.read_bytes()[:20]
    assert header[:4] == b"\x7fELF"
    return ELF_MACHINES[struct.unpack_from("<H", header, 18)[0]]
