"""Requests: the envelope, which all requests share, and the dispatcher, which runs the action."""
