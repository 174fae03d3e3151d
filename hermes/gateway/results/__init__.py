"""From a result on an output queue to the terminal command and its reply."""
