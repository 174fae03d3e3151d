"""The records of DynamoDB: one module a noun."""
