"""Requests: the envelope that they have in common, and the dispatcher that runs their actions."""
