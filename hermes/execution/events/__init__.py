"""Events of an execution: the bus, its subscribers, the printer, the history."""
