"""The Lambda functions: an event in, one call into the core, a reply out."""
