"""`make run`: the real handlers on this machine, behind a gateway of ours and on a local engine.

    __main__.py        the commands: run, token, reset, openapi
    service.py         starts the engine, the poller and the gateway, and stops them in order
    welcome.py         what is printed at the start: addresses, a token, a curl line for each action
    engine.py          DynamoDB and SQS on this machine, their state kept in a folder
    engine_process.py  the engine itself, run by a Python that has ministack
    gateway.py         HTTP in front of the API function, as API Gateway's HTTP API is
    http_event.py      an HTTP request as payload 2.0, and a function's result as an HTTP reply
    cors.py            which answers a page of another origin may read
    poller.py          hands queued messages to the aggregator, as Lambda does
    batch.py           a batch of messages as an SQS event, and what a reply says of each
    function.py        a handler as Lambda runs it
    identity.py        the tokens of development
    openapi.py         docs/openapi.json, made of the dispatch table
    answers.py         what the actions answer, for it
    console.py         the functions' logs as lines for people
    process.py         child processes that end with their parent
    lifeline.py        the child's side of that

Nothing here is deployed, and nothing in `src/` knows of it.
"""
