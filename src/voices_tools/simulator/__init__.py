"""Simulate the counting of usage events from random seeds: see docs/explanation/simulator.md."""
