"""The configuration: loading, its sections, projects."""
