"""The git side of a session: store, remote, workspace."""
