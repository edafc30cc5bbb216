"""In-memory models of the DynamoDB table and of the SQS queue."""
