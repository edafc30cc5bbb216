"""Simulated processes of the real aggregator, and the faults of their calls."""
