"""template.yaml after the SAM transform, with resolved parameters and conditions.

Some values, such as ARNs, exist only after a deployment. References to these values stay
unresolved.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import boto3
from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from voices_tools.paths import ROOT

Json = dict[str, Any]

PSEUDO_PARAMETERS = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackName": "voices",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = {"Ref": "AWS::NoValue"}


KEY = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-4000-8000-000000000000"
CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000"
ISSUER = {
    "AuthIssuer": "https://issuer.example.com/",
    "AuthAudience": "voices",
    "AuthJwksUrl": "https://issuer.example.com/keys",
}


class Refused(Exception):
    """CloudFormation would refuse the parameters. The arguments of this error are the reasons."""


def source() -> Json:
    """The template as written, with YAML aliases replaced by copies, as in `sam build`."""
    parsed = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    template: Json = json.loads(json.dumps(parsed))
    return template


def samconfig(environment: str) -> dict[str, str]:
    """The parameters of an environment in samconfig.toml."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))
    overrides = config[environment]["deploy"]["parameters"].get("parameter_overrides", "")
    return dict(pair.split("=", 1) for pair in shlex.split(overrides))


# The parameters of the stacks that the tests examine, by the name of a configuration.
CONFIGURATIONS: dict[str, dict[str, str]] = {
    "default": {},
    "issuer": ISSUER,
    "secret": ISSUER | {"AuthJwksUrl": "", "AuthHs256Secret": "voices/secret"},
    "prod": samconfig("prod") | {"DeletionProtection": "true"},
    "key": {"KmsKeyArn": KEY},
    "everything": {
        "AlarmEmail": "operator@example.com",
        "AllowedOrigins": "https://a.example.com,https://b.example.com:8443",
        "CertificateArn": CERTIFICATE,
        "CreateDashboard": "true",
        "DeletionProtection": "true",
        "Deployment": "Linear10PercentEvery1Minute",
        "DomainName": "voices.example.com",
        "KmsKeyArn": KEY,
        "SelfSignUp": "true",
        "SnapStart": "PublishedVersions",
    },
}


def stack(template: Json, given: Mapping[str, str]) -> Json:
    """The resources and outputs of a deployment with these parameters. Raises Refused."""
    parameters = read_parameters(template["Parameters"], given)
    check_rules(template.get("Rules", {}), parameters)
    processed = transform(template, parameters)
    resolver = _Resolver(processed, parameters)
    parts = {part: resolver.present(processed[part]) for part in ("Resources", "Outputs")}
    return parts | {"Parameters": parameters}


def read_parameters(declared: Json, given: Mapping[str, str]) -> dict[str, str]:
    """The value of each parameter. Raises Refused for an unknown parameter or a forbidden value."""
    values = {name: str(given.get(name, entry.get("Default"))) for name, entry in declared.items()}
    wrong = [f"{name} is not a parameter" for name in given.keys() - declared.keys()]
    wrong += [name for name, entry in declared.items() if not _is_allowed(entry, values[name])]
    if wrong:
        raise Refused(*wrong)
    return values


def _is_allowed(declared: Json, value: str) -> bool:
    if declared["Type"] == "Number":
        low, high = declared.get("MinValue", float("-inf")), declared.get("MaxValue", float("inf"))
        if not value.isdigit() or not low <= int(value) <= high:
            return False
    allowed = declared.get("AllowedValues", [value])
    return value in map(str, allowed) and bool(re.search(declared.get("AllowedPattern", ""), value))


def check_rules(rules: Json, parameters: Mapping[str, str]) -> None:
    """Raise Refused if parameters contradict each other."""
    resolver = _Resolver({}, parameters)
    broken = [
        assertion["AssertDescription"]
        for rule in rules.values()
        if resolver.holds(rule.get("RuleCondition", {"Fn::Equals": ["", ""]}))
        for assertion in rule["Assertions"]
        if not resolver.holds(assertion["Assert"])
    ]
    if broken:
        raise Refused(*broken)


def transform(template: Json, parameters: Mapping[str, str]) -> Json:
    """The template after the SAM transform. `CodeUri` is an S3 URL, as in `sam deploy`."""
    packed = deepcopy(template)
    packed["Globals"]["Function"]["CodeUri"] = "s3://bucket/code"
    session = boto3.Session(region_name=PSEUDO_PARAMETERS["AWS::Region"])
    translator = Translator({}, Parser(), boto_session=session)
    processed: Json = translator.translate(packed, dict(parameters))
    return processed


class _Resolver:
    def __init__(self, template: Json, parameters: Mapping[str, str]) -> None:
        self._values = PSEUDO_PARAMETERS | dict(parameters)
        self._conditions = template.get("Conditions", {})
        self._mappings = template.get("Mappings", {})

    def present(self, entries: Json) -> Json:
        """The resources or outputs whose condition is true."""
        return {
            name: self.resolve({key: part for key, part in entry.items() if key != "Condition"})
            for name, entry in entries.items()
            if "Condition" not in entry or self.holds({"Condition": entry["Condition"]})
        }

    def holds(self, condition: Json) -> bool:
        ((function, operands),) = condition.items()
        if function == "Condition":
            return self.holds(self._conditions[operands])
        if function == "Fn::Equals":
            left, right = map(self.resolve, operands)
            return bool(left == right)
        parts = [self.holds(operand) for operand in operands]
        return {"Fn::And": all(parts), "Fn::Or": any(parts), "Fn::Not": not any(parts)}[function]

    def resolve(self, node: Any) -> Any:
        if isinstance(node, list):
            return [part for part in map(self.resolve, node) if part != NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((function, operands),) = node.items()
            resolve = getattr(self, "_" + function.removeprefix("Fn::").lower(), None)
            if resolve is not None:
                return resolve(operands)
        resolved = {key: self.resolve(part) for key, part in node.items()}
        return {key: part for key, part in resolved.items() if part != NO_VALUE}

    def _ref(self, name: str) -> Any:
        return self._values.get(name, {"Ref": name})

    def _if(self, operands: list[Any]) -> Any:
        condition, then, otherwise = operands
        return self.resolve(then if self.holds({"Condition": condition}) else otherwise)

    def _findinmap(self, keys: list[Any]) -> Any:
        name, first, second = map(self.resolve, keys)
        return self._mappings[name][first][second]

    def _split(self, operands: list[Any]) -> Any:
        separator, text = map(self.resolve, operands)
        return text.split(separator)

    def _sub(self, operands: Any) -> Any:
        text, names = operands if isinstance(operands, list) else (operands, {})
        names = {name: self.resolve(part) for name, part in names.items()}

        def value(match: re.Match[str]) -> str:
            found = names.get(match[1], self._values.get(match[1], match[0]))
            if not isinstance(found, dict):
                return str(found)
            ((function, target),) = found.items()
            if function == "Fn::Sub":
                return str(target)
            return "${%s}" % (target if function == "Ref" else ".".join(target))

        text = re.sub(r"\$\{([\w:.]+)\}", value, text)
        return {"Fn::Sub": text} if "${" in text else text


def references(node: Any) -> Iterator[str]:
    """The names that a part of a resolved template refers to."""
    if isinstance(node, list):
        for part in node:
            yield from references(part)
    elif isinstance(node, dict):
        for key, part in node.items():
            if key == "Ref":
                yield part
            elif key == "Fn::GetAtt":
                yield part[0]
            elif key == "Fn::Sub":
                yield from re.findall(r"\$\{(\w+)", part)
            elif key == "DependsOn":
                yield from [part] if isinstance(part, str) else part
            else:
                yield from references(part)
