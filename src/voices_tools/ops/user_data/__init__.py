"""The data of single users: export, deletion, import of favorites."""
