"""Simulate the counting of usage events from random seeds. See docs/explanation/simulator.md."""
