"""What `sam build` packs, without Docker, for either processor."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from tests.e2e.conftest import Build, Report

FUNCTIONS = ["ApiFunction", "AggregatorFunction"]
ARCHITECTURES = ["arm64", "x86_64"]
ELF_MACHINES = {62: "x86_64", 183: "arm64"}
LARGEST_ZIPPED = 12.0  # MB
LARGEST_UNZIPPED = 40.0

each_function = pytest.mark.parametrize("function", FUNCTIONS)
each_architecture = pytest.mark.parametrize("architecture", ARCHITECTURES)


@each_architecture
@each_function
def test_a_function_is_packed_with_its_handlers_the_core_and_what_they_import(
    build: Build, architecture: str, function: str
) -> None:
    packed = {entry.name for entry in (build(architecture) / function).iterdir()}

    assert {"handlers", "voices_core", "botocore", "pynamodb", "jwt"} <= packed
    assert not packed & {"tests", "local", "moto", "boto3", "pytest", "bin"}


@each_architecture
@each_function
def test_a_package_is_small(build: Build, architecture: str, function: str, report: Report) -> None:
    package = build(architecture) / function
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:  # as SAM does it
        for path in files(package):
            archive.write(path, path.relative_to(package))

    unzipped = sum(path.stat().st_size for path in files(package)) / 1e6
    zipped = len(packed.getvalue()) / 1e6

    report(f"{function} for {architecture} {zipped:.1f} MB zipped, {unzipped:.1f} unzipped")
    assert zipped < LARGEST_ZIPPED
    assert unzipped < LARGEST_UNZIPPED


@each_function
def test_of_botocores_services_those_in_use_are_packed(build: Build, function: str) -> None:
    data = build("arm64") / function / "botocore/data"

    assert {entry.name for entry in data.iterdir() if entry.is_dir()} == {"dynamodb", "sqs"}


@each_architecture
@each_function
def test_every_source_has_its_bytecode_which_python_takes_unseen(
    build: Build, architecture: str, function: str
) -> None:
    for source in files(build(architecture) / function):
        if source.suffix == ".py":
            bytecode = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
            assert bytecode.read_bytes()[4:8] == struct.pack("<I", 0b01), source  # PEP 552


@each_architecture
@each_function
def test_a_package_does_not_tell_where_it_was_built(
    build: Build, architecture: str, function: str
) -> None:
    folder = build(architecture)

    assert not [
        path for path in files(folder / function) if str(folder).encode() in path.read_bytes()
    ]


@each_function
def test_both_processors_get_the_same_files_but_for_the_shared_objects(
    build: Build, function: str
) -> None:
    arm64, x86_64 = (contents(build(name) / function) for name in ("arm64", "x86_64"))

    objects = {name for name in arm64 if name.endswith(".so")}
    assert objects
    assert arm64.keys() == x86_64.keys()
    assert {name for name in arm64 if arm64[name] != x86_64[name]} == objects


@each_architecture
@each_function
def test_every_shared_object_is_of_the_architecture_asked_for(
    build: Build, architecture: str, function: str
) -> None:
    objects = list((build(architecture) / function).rglob("*.so"))

    assert objects
    assert {machine(path) for path in objects} == {architecture}


def files(package: Path) -> Iterator[Path]:
    """All files of a package, in order."""
    return (path for path in sorted(package.rglob("*")) if path.is_file())


def contents(package: Path) -> dict[str, bytes]:
    """What is in the files of a package; the name of a shared object may name the processor."""
    names = {
        path: str(path.relative_to(package)).replace("aarch64", "x86_64") for path in files(package)
    }
    return {name: path.read_bytes() for path, name in names.items()}


def machine(path: Path) -> str:
    """The processor that an ELF file is for; its number is at byte 18 of the header."""
    header = path.read_bytes()[:20]
    assert header[:4] == b"\x7fELF"
    return ELF_MACHINES[struct.unpack_from("<H", header, 18)[0]]
