"""The Lambda functions, which pass their Lambda events to `voices_core`."""
