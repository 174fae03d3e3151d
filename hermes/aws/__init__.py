"""AWS through aiobotocore: clients, queues, tables, objects, and one module for the records of each noun. Errors are mapped once, here."""
