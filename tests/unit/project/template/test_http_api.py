"""The HTTP API: route, CORS, throttling, access log and domain."""

from __future__ import annotations

import json
import re

from tests.unit.project.template.rules import (
    ROUTE,
    Mutation,
    Stack,
    arn,
    dropping,
    replacing,
    rule,
)
from voices_tools.local.gateway.cors import Cors

BODY = "HttpApi.DefinitionBody"
CORS = f"{BODY}.x-amazon-apigateway-cors"
FORMAT = "HttpApi.AccessLogSettings.Format"
TARGET = f"{ROUTE}.x-amazon-apigateway-integration.uri.Fn::Sub.1.Target"


@rule(
    Mutation(f"{BODY}.paths", lambda paths: {"/v1": paths["$default"]}),
    Mutation(f"{ROUTE}.isDefaultRoute", False),
)
def test_every_path_reaches_the_function(stack: Stack) -> None:
    ((path, route),) = stack["HttpApi"]["Body"]["paths"].items()
    assert (path, route["x-amazon-apigateway-any-method"]["isDefaultRoute"]) == ("/$default", True)
    assert stack.integration()["payloadFormatVersion"] == "2.0"


@rule(
    Mutation("ApiPermission.FunctionName", {"Ref": "ApiFunction"}, "prod"),
    Mutation(TARGET, arn("ApiFunction"), "prod"),
)
def test_gateway_calls_what_its_permission_allows(stack: Stack) -> None:
    """The gateway calls the function or, with gradual deployments or SnapStart, the alias."""
    called = re.search(r"functions/(.*)/invocations", stack.integration()["uri"]["Fn::Sub"])
    assert called
    alias = "ApiFunctionAliaslive" if stack.uses_alias else "ApiFunction"
    suffix = ":live" if stack.uses_alias else ""
    assert called[1] == "${ApiFunction.Arn}" + suffix
    assert stack["ApiPermission"]["FunctionName"] == {"Ref": alias}
    assert "${HttpApi}" in stack["ApiPermission"]["SourceArn"]["Fn::Sub"]


@rule(
    Mutation(f"{CORS}.allowOrigins", ["*"]),
    Mutation(f"{CORS}.allowCredentials", True),
    Mutation(f"{CORS}.exposeHeaders", dropping("x-request-id")),
)
def test_cors_matches_the_local_gateway(stack: Stack) -> None:
    contract = Cors()
    assert stack["HttpApi"]["Body"]["x-amazon-apigateway-cors"] == {
        "allowOrigins": stack.parameters["AllowedOrigins"].split(","),
        "allowMethods": list(contract.allow_methods),
        "allowHeaders": list(contract.allow_headers),
        "exposeHeaders": list(contract.expose_headers),
        "allowCredentials": False,
        "maxAge": contract.max_age_s,
    }


@rule(Mutation("HttpApi.DefaultRouteSettings.ThrottlingBurstLimit"))
def test_api_is_throttled(stack: Stack) -> None:
    (stage,) = stack.of_type("ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": stack.parameters["ThrottlingRate"],
        "ThrottlingBurstLimit": stack.parameters["ThrottlingBurst"],
    }


@rule(Mutation(FORMAT, replacing("$context.integration.requestId", "-")))
def test_access_log_contains_the_functions_request_id(stack: Stack) -> None:
    """Each line is JSON and contains the request id of the function."""
    (stage,) = stack.of_type("ApiGatewayV2::Stage").values()
    assert stage["AccessLogSettings"]["DestinationArn"] == arn("AccessLog")
    line = json.loads(stage["AccessLogSettings"]["Format"])
    assert {
        "$context.integration.requestId",
        "$context.status",
        "$context.responseLatency",
        "$context.integration.error",
    } <= set(line.values())


@rule(
    *(
        Mutation(FORMAT, replacing("$context.httpMethod", f"$context.{variable}"))
        for variable in ("identity.sourceIp", "path", "authorizer.claims.sub", "identity.userAgent")
    ),
)
def test_access_log_contains_no_caller_data(stack: Stack) -> None:
    (stage,) = stack.of_type("ApiGatewayV2::Stage").values()
    logged = set(json.loads(stage["AccessLogSettings"]["Format"]).values())
    assert all(value.startswith("$context.") for value in logged)
    unwanted = "authorizer|identity|path|queryString|header|domain|userAgent|sourceIp"
    assert not re.search(unwanted, " ".join(logged), re.IGNORECASE)


@rule(Mutation("ApiDomain.DomainNameConfigurations.0.SecurityPolicy", "TLS_1_0", "everything"))
def test_custom_domain_requires_tls_1_2(stack: Stack) -> None:
    for domain in stack.of_type("ApiGatewayV2::DomainName").values():
        assert domain["DomainNameConfigurations"][0]["SecurityPolicy"] == "TLS_1_2"
        assert stack.of_type("ApiGatewayV2::ApiMapping")
    assert bool(stack.of_type("ApiGatewayV2::DomainName")) is stack.is_set("DomainName")
