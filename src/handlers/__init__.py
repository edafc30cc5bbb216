"""The Lambda functions: each passes its Lambda event to `voices_core` and returns the result."""
