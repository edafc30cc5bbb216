"""Exactly-once counting: usage events, the usage log, and the log's projections."""
