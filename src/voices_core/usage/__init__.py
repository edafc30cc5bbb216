"""Exactly-once counting: usage events, the log that commits them, and the log's projections."""
