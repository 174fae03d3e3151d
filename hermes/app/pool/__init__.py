"""Config to objects: workers that wait without a key, in the gateway and as processes."""
