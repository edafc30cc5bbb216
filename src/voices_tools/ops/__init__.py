"""The commands `voices ops …`: inspect, repair and check a service, and manage a user's data.

    cli.py             the entry point; converts errors to exit codes
    arguments.py       the command line
    commands.py        runs each command and prints its result
    target.py          the service that a command works on
    local_service.py   finds a running `make run`
    status.py          summarizes the queues and the usage log
    usage_log.py       reads the usage log and applies pending entries
    dead_letters/      examines the dead-letter queue and sends messages back
    verify/            compares projections with the usage log
    user_data/         exports and deletes a user's data, imports favorites
    console.py         output, progress, files
    retry.py           repeats calls after transient failures

The commands use the service's own code in `voices_core`. They are not deployed.
"""
