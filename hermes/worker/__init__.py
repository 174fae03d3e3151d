"""What runs in the container: takes commands, runs the agent as interruptible steps, keeps its work, reports facts."""
