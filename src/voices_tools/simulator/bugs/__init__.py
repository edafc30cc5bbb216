"""Planted bugs: small patches of the real code. The simulator must find each of these bugs."""
