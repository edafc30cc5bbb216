"""The way of a request to its action: the envelope, and the dispatcher."""
