"""The counting of uses, simulated from a seed: docs/simulation.md tells how."""
