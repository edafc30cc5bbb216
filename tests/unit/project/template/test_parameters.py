"""Allowed values, contradictions, groups and labels of parameters, and the samconfig values."""

from __future__ import annotations

import pytest

from tests.support.template import CERTIFICATE, ISSUER, Refused, samconfig
from tests.unit.project.template.rules import Mutation, Stack, dropping, rule, written
from voices_core.settings import MAX_FAVORITES

INTERFACE = "Metadata.AWS::CloudFormation::Interface"


@rule(
    Mutation("Parameters.AllowedOrigins.AllowedPattern"),
    Mutation("Parameters.KmsKeyArn.ConstraintDescription"),
)
def test_every_parameter_has_a_default_and_a_constraint(stack: Stack) -> None:
    for parameter in stack.template["Parameters"].values():
        assert "Default" in parameter
        assert parameter["Description"]
        if "AllowedValues" not in parameter:
            assert parameter["ConstraintDescription"]
            assert "AllowedPattern" in parameter or {"MinValue", "MaxValue"} <= parameter.keys()


@rule(
    Mutation("Parameters.FavoritesLimit.MaxValue", 800),
    Mutation("Parameters.FavoritesLimit.Default", 300),
)
def test_favorites_limit_is_that_of_the_code(stack: Stack) -> None:
    """Otherwise CloudFormation would accept a value that the function refuses."""
    parameter = stack.template["Parameters"]["FavoritesLimit"]
    assert parameter["Default"] == parameter["MaxValue"] == MAX_FAVORITES
    assert parameter["MinValue"] == 1


@rule(
    Mutation("Parameters.FavoritesLimit.ConstraintDescription", "1 to 800"),
    Mutation("Parameters.ThrottlingRate.MinValue", 5),
)
def test_numbers_state_their_bounds(stack: Stack) -> None:
    for parameter in stack.template["Parameters"].values():
        if parameter["Type"] == "Number" and "MinValue" in parameter:
            bounds = f"{parameter['MinValue']} to {parameter['MaxValue']}"
            assert parameter["ConstraintDescription"] == bounds


@rule(
    Mutation(f"{INTERFACE}.ParameterGroups.0.Parameters", dropping("SelfSignUp")),
    Mutation(f"{INTERFACE}.ParameterLabels.KmsKeyArn"),
)
def test_every_parameter_has_a_group_and_a_label(stack: Stack) -> None:
    """The groups show the parameters in the order of the template."""
    interface = stack.template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert grouped == list(stack.template["Parameters"])
    assert list(interface["ParameterLabels"]) == grouped
    assert all(label["default"] for label in interface["ParameterLabels"].values())


@pytest.mark.parametrize("environment", ["default", "prod"])
def test_samconfig_parameters_are_accepted(environment: str) -> None:
    assert Stack(written(), samconfig(environment)).resources


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AuthIssuer", "http://issuer.example.com/"),
        ("AuthIssuer", "issuer.example.com"),
        ("AuthAudience", "one, ,two"),
        ("AuthJwksUrl", "http://issuer.example.com/keys"),
        ("AuthHs256Secret", "a secret, and not the name of one"),
        ("SelfSignUp", "yes"),
        ("AllowedOrigins", ""),
        ("AllowedOrigins", "*"),
        ("AllowedOrigins", "https://app.example.com/"),
        ("AllowedOrigins", "https://a.example.com, https://b.example.com"),
        ("AllowedOrigins", "https://*.example.com"),
        ("ThrottlingRate", "0"),
        ("ThrottlingBurst", "9999"),
        ("FavoritesLimit", "501"),
        ("FavoritesLimit", "-1"),
        ("DomainName", "https://voices.example.com"),
        ("CertificateArn", "certificate"),
        ("KmsKeyArn", "alias/voices"),
        ("DeletionProtection", "on"),
        ("LogRetentionDays", "2"),
        ("AlarmEmail", "operator"),
        ("CreateDashboard", "yes"),
        ("Deployment", "Canary"),
        ("SnapStart", "true"),
        ("Architecture", "arm"),
        ("EndpointUrl", "localhost"),
    ],
)
def test_malformed_parameter_is_refused(name: str, value: str) -> None:
    with pytest.raises(Refused, match=name):
        Stack(written(), ISSUER | {name: value})


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"AuthAudience": "voices"}, "AuthAudience needs AuthIssuer"),
        ({"AuthJwksUrl": "https://a.example.com/keys"}, "AuthJwksUrl needs AuthIssuer"),
        ({"AuthHs256Secret": "voices/secret"}, "AuthHs256Secret needs AuthIssuer"),
        (ISSUER | {"AuthAudience": ""}, "AuthIssuer needs AuthAudience"),
        (ISSUER | {"AuthJwksUrl": ""}, "either AuthJwksUrl or AuthHs256Secret"),
        (ISSUER | {"AuthHs256Secret": "voices/secret"}, "either AuthJwksUrl or AuthHs256Secret"),
        (ISSUER | {"SelfSignUp": "true"}, "SelfSignUp"),
        ({"DomainName": "voices.example.com"}, "both DomainName and CertificateArn"),
        ({"CertificateArn": CERTIFICATE}, "both DomainName and CertificateArn"),
    ],
)
def test_contradictory_parameters_are_refused(given: dict[str, str], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        Stack(written(), given)
