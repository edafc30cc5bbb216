"""Histories of real worker processes on a real DynamoDB engine."""
