"""The rules that every history must keep."""
