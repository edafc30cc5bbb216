"""User data: export of stored data, deletion of favorites and recents, import of favorites."""
