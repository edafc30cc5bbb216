"""The error that ends a `voices` command."""


class CommandError(Exception):
    """A command cannot continue. The message says what is wrong, and then what to do.

    `voices` prints the message on stderr, without a traceback, and exits with code 1.
    """
