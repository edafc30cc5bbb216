"""The process of the emulated cloud. Its arguments are a socket and a Python interpreter.

The first argument is the descriptor of the socket. The second argument is the path of the Python
interpreter for the functions. The process itself needs a Python interpreter with ministack.
This module contains two shims for differences between ministack and AWS. The other shims are in
tests/e2e/cloud.py.
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
    """Shim: run functions on Python 3.13, without the PYTHONPATH and LOG_LEVEL of this process.

    Without this shim, ministack runs functions on its own Python interpreter. The packages are not
    built for this interpreter.
    """
    bootstrap = lambda_runtime._PYTHON_WORKER_SCRIPT

    def find_binary(runtime: str) -> tuple[str, str]:
        return (python, bootstrap) if runtime == "python3.13" else ("", "")

    lambda_runtime._detect_runtime_binary = find_binary
    for name in ("PYTHONPATH", "LOG_LEVEL"):  # functions inherit all other variables
        del os.environ[name]


def create_http_apis_from_their_bodies() -> None:
    """Shim: create the routes, integrations and CORS of an HTTP API from its OpenAPI body.

    ministack ignores the body.
    """
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    create, update = handlers["create"], handlers["update"]

    def create_from_body(logical_id: str, properties: Any, *rest: Any) -> Any:
        made = create(logical_id, properties, *rest)
        _import(made[0], properties["Body"])
        return made

    def update_from_body(api_id: str, old: Any, new: Any, *rest: Any, **named: Any) -> Any:
        made = update(api_id, old, new, *rest, **named)
        _import(made[0], new["Body"])
        return made

    handlers |= {"create": create_from_body, "update": update_from_body}


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
    """Serve on the inherited socket until SIGTERM."""
    descriptor, python = sys.argv[1:]
    run_functions_on(python)
    create_http_apis_from_their_bodies()
    serve(int(descriptor))


if __name__ == "__main__":
    main()
