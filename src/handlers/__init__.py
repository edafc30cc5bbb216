"""The Lambda functions: a Lambda event in, one call into the core, a reply out."""
