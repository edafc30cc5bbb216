"""The local service that `make run` starts: the real handlers, a local gateway and an emulator.

This package is not deployed, and the deployed code does not import it.
"""
