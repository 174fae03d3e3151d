"""Where executions of several processes meet: interrupt requests, snapshots and the history of interrupts, in one store."""
