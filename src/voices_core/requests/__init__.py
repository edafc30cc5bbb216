"""The envelope of requests and replies, and the dispatcher, which runs a request's action."""
