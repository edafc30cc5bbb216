"""Storage: the DynamoDB table, the SQS queue, and the settings of their clients."""
