"""Benchmarks on the local emulator: AWS calls, capacity units and speed; and costs on AWS."""
