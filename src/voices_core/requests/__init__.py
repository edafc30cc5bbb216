"""The envelopes of requests and replies, and the dispatcher, which runs a request's action."""
