"""Benchmarks of the service on the local emulator: calls, capacity units, speed, costs on AWS."""
