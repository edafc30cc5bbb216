"""Measure AWS calls, capacity units and speed on the emulator, and compute costs on AWS."""
