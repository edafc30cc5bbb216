"""The Lambda functions: each passes a Lambda event to the core and returns its reply."""
