"""The OpenAPI document, generated from the registered actions and the types of their replies."""
