"""Identification of users by bearer tokens."""
