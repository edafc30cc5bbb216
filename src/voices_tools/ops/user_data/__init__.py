"""The data of one user: export and deletion of all data, and import of favorites."""
