"""Histories of real worker processes on a DynamoDB emulator."""
