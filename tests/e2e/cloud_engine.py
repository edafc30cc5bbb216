"""The emulated cloud's process, run by the Python that has ministack: `DESCRIPTOR PYTHON`.

It makes good two things in which ministack falls short of AWS; tests/e2e/cloud.py does the rest.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from ministack.core import lambda_runtime  # type: ignore[import-not-found]
from ministack.services import apigateway  # type: ignore[import-not-found]
from ministack.services.cloudformation import provisioners  # type: ignore[import-not-found]

from voices_tools.local.emulator_process import serve


def run_functions_on(python: str) -> None:
    """Shim: functions run on the Python that they ask for, and find nothing of this process.

    ministack would run them on its own Python, for which their packages are not built.
    """
    bootstrap = lambda_runtime._PYTHON_WORKER_SCRIPT

    def of(runtime: str) -> tuple[str, str]:
        return (python, bootstrap) if runtime == "python3.13" else ("", "")

    lambda_runtime._detect_runtime_binary = of
    for name in ("PYTHONPATH", "LOG_LEVEL"):  # functions get the rest of this environment
        del os.environ[name]


def make_http_apis_of_their_bodies() -> None:
    """Shim: an HTTP API gets the routes, integrations and CORS of its OpenAPI body.

    ministack would drop the body.
    """
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    create, update = handlers["create"], handlers["update"]

    def create_of_body(logical_id: str, properties: Any, *rest: Any) -> Any:
        made = create(logical_id, properties, *rest)
        _import(made[0], properties["Body"])
        return made

    def update_of_body(api_id: str, old: Any, new: Any, *rest: Any, **named: Any) -> Any:
        made = update(api_id, old, new, *rest, **named)
        _import(made[0], new["Body"])
        return made

    handlers |= {"create": create_of_body, "update": update_of_body}


def _import(api_id: str, body: dict[str, Any]) -> None:
    apigateway._apis[api_id]["corsConfiguration"] = body["x-amazon-apigateway-cors"]
    apigateway._routes[api_id] = {}
    apigateway._integrations[api_id] = {}
    for path, operations in body["paths"].items():
        for method, operation in operations.items():
            declared = operation["x-amazon-apigateway-integration"]
            integration = {
                "integrationType": declared["type"].upper(),
                "integrationUri": declared["uri"],
                "payloadFormatVersion": declared["payloadFormatVersion"],
            }
            _, _, reply = apigateway._create_integration(api_id, integration)
            verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            key = "$default" if operation.get("isDefaultRoute") else f"{verb} {path}"
            target = f"integrations/{json.loads(reply)['integrationId']}"
            apigateway._create_route(api_id, {"routeKey": key, "target": target})


def main() -> None:
    """Serve on the socket handed over until SIGTERM."""
    descriptor, python = sys.argv[1:]
    run_functions_on(python)
    make_http_apis_of_their_bodies()
    serve(int(descriptor))


if __name__ == "__main__":
    main()
