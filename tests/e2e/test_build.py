"""The packages that `sam build` builds for both architectures, without Docker."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.conftest import Build, Report
from tests.support.template import source

FUNCTIONS = ["ApiFunction", "AggregatorFunction"]
ARCHITECTURES = ["arm64", "x86_64"]
ELF_MACHINES = {62: "x86_64", 183: "arm64"}
MAX_ZIPPED_MB = 12.0
MAX_UNZIPPED_MB = 40.0


class WithoutAliases(yaml.SafeLoader):
    """A YAML loader that refuses aliases and merge keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        assert not self.check_event(yaml.AliasEvent)
        node = super().compose_node(parent, index)
        assert node is None or node.tag != "tag:yaml.org,2002:merge"
        return node


each_function = pytest.mark.parametrize("function", FUNCTIONS)
each_architecture = pytest.mark.parametrize("architecture", ARCHITECTURES)


@each_architecture
@each_function
def test_package_contains_handlers_core_and_imports(
    build: Build, architecture: str, function: str
) -> None:
    packed = {entry.name for entry in (build(architecture) / function).iterdir()}

    assert {"handlers", "voices_core", "botocore", "pynamodb", "jwt"} <= packed
    assert not packed & {"tests", "voices_tools", "moto", "boto3", "pytest", "bin"}


@each_architecture
@each_function
def test_package_is_small(build: Build, architecture: str, function: str, report: Report) -> None:
    package = build(architecture) / function
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:  # as in SAM
        for path in files(package):
            archive.write(path, path.relative_to(package))

    unzipped = sum(path.stat().st_size for path in files(package)) / 1e6
    zipped = len(packed.getvalue()) / 1e6

    report(f"{function} for {architecture} {zipped:.1f} MB zipped, {unzipped:.1f} unzipped")
    assert zipped < MAX_ZIPPED_MB
    assert unzipped < MAX_UNZIPPED_MB


@each_function
def test_package_contains_only_used_botocore_services(build: Build, function: str) -> None:
    data = build("arm64") / function / "botocore/data"

    assert {entry.name for entry in data.iterdir() if entry.is_dir()} == {"dynamodb", "sqs"}


@each_architecture
@each_function
def test_every_source_has_unchecked_bytecode(
    build: Build, architecture: str, function: str
) -> None:
    """With unchecked bytecode, a cold start does not compile sources or check them for changes."""
    for path in files(build(architecture) / function):
        if path.suffix == ".py":
            bytecode = path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc"
            assert bytecode.read_bytes()[4:8] == struct.pack("<I", 0b01), path  # PEP 552


@each_architecture
@each_function
def test_package_does_not_contain_the_build_folder(
    build: Build, architecture: str, function: str
) -> None:
    folder = build(architecture)

    assert not [
        path for path in files(folder / function) if str(folder).encode() in path.read_bytes()
    ]


@each_function
def test_architectures_differ_only_in_shared_objects(build: Build, function: str) -> None:
    arm64, x86_64 = (contents(build(name) / function) for name in ("arm64", "x86_64"))

    objects = {name for name in arm64 if name.endswith(".so")}
    assert objects
    assert arm64.keys() == x86_64.keys()
    assert {name for name in arm64 if arm64[name] != x86_64[name]} == objects


@each_architecture
@each_function
def test_shared_objects_match_the_architecture(
    build: Build, architecture: str, function: str
) -> None:
    objects = list((build(architecture) / function).rglob("*.so"))

    assert objects
    assert {machine(path) for path in objects} == {architecture}


def test_built_template_has_no_yaml_aliases(build: Build) -> None:
    """CloudFormation does not accept aliases, so `sam build` must replace aliases with copies."""
    built: dict[str, Any] = yaml.load(
        (build("arm64") / "template.yaml").read_text("utf-8"), Loader=WithoutAliases
    )

    assert built["Resources"].keys() == source()["Resources"].keys()
    for name in ("ApiLog", "AggregatorLog", "AccessLog"):
        assert built["Resources"][name]["Properties"].keys() == {"RetentionInDays", "KmsKeyId"}


def files(package: Path) -> Iterator[Path]:
    """The files of a package, sorted by path."""
    return (path for path in sorted(package.rglob("*")) if path.is_file())


def contents(package: Path) -> dict[str, bytes]:
    """The content of a package's files by path. In the paths, the architecture is always x86_64."""
    names = {
        path: str(path.relative_to(package)).replace("aarch64", "x86_64") for path in files(package)
    }
    return {name: path.read_bytes() for path, name in names.items()}


def machine(path: Path) -> str:
    """The architecture of an ELF file. Bytes 18 and 19 contain the architecture's number."""
    header = path.read_bytes()[:20]
    assert header[:4] == b"\x7fELF"
    return ELF_MACHINES[struct.unpack_from("<H", header, 18)[0]]
