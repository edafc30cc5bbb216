"""The token issuer and the user pool."""

from __future__ import annotations

from typing import Any

from tests.unit.project.template.rules import (
    API_VARIABLES,
    REMOVED,
    Mutation,
    Stack,
    adding,
    rule,
)


@rule(
    Mutation("UserPool/Condition", REMOVED, "issuer"),
    Mutation(f"{API_VARIABLES}.AUTH_AUDIENCE", {"Ref": "AuthAudience"}),
    Mutation(f"{API_VARIABLES}.AUTH_HS256_SECRET", {"Ref": "AuthHs256Secret"}, "secret"),
)
def test_stack_has_a_user_pool_unless_issuer_given(stack: Stack) -> None:
    pools = [*stack.of_type("Cognito::UserPool"), *stack.of_type("Cognito::UserPoolClient")]
    assert pools == ([] if stack.is_set("AuthIssuer") else ["UserPool", "UserPoolClient"])
    environment = stack["ApiFunction"]["Environment"]["Variables"]
    issuer: Any = {"Fn::Sub": "https://cognito-idp.eu-central-1.amazonaws.com/${UserPool}"}
    expected: tuple[Any, ...] = (
        issuer,
        {"Ref": "UserPoolClient"},
        {"Fn::Sub": issuer["Fn::Sub"] + "/.well-known/jwks.json"},
        "",
    )
    if stack.is_set("AuthIssuer"):
        secret = stack.parameters["AuthHs256Secret"]
        issuer = stack.parameters["AuthIssuer"]
        expected = (
            issuer,
            stack.parameters["AuthAudience"],
            stack.parameters["AuthJwksUrl"],
            f"{{{{resolve:secretsmanager:{secret}:SecretString}}}}" if secret else "",
        )
    names = ("AUTH_ISSUER", "AUTH_AUDIENCE", "AUTH_JWKS_URL", "AUTH_HS256_SECRET")
    assert tuple(environment[name] for name in names) == expected
    assert stack.outputs["Issuer"]["Value"] == issuer


@rule(Mutation("UserPool.AdminCreateUserConfig.AllowAdminCreateUserOnly", False))
def test_self_sign_up_follows_its_parameter(stack: Stack) -> None:
    for pool in stack.of_type("Cognito::UserPool").values():
        closed = pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"]
        assert closed is not stack.is_set("SelfSignUp")


@rule(Mutation("UserPoolClient.ExplicitAuthFlows", adding("ALLOW_USER_PASSWORD_AUTH")))
def test_web_pages_never_send_a_password(stack: Stack) -> None:
    """The client has no secret, because a web page cannot keep a secret."""
    for client in stack.of_type("Cognito::UserPoolClient").values():
        assert client["GenerateSecret"] is False
        assert set(client["ExplicitAuthFlows"]) == {
            "ALLOW_USER_SRP_AUTH",
            "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH",
        }


@rule(Mutation("UserPoolClient.PreventUserExistenceErrors", "LEGACY"))
def test_sign_in_does_not_reveal_who_has_an_account(stack: Stack) -> None:
    for client in stack.of_type("Cognito::UserPoolClient").values():
        assert client["PreventUserExistenceErrors"] == "ENABLED"


@rule(Mutation("UserPool.Policies.PasswordPolicy.MinimumLength", 8))
def test_passwords_are_long_and_mfa_is_optional(stack: Stack) -> None:
    for pool in stack.of_type("Cognito::UserPool").values():
        assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
        assert pool["MfaConfiguration"] == "OPTIONAL"
