"""The handlers of the Lambda functions. They convert Lambda events to calls of `voices_core`."""
