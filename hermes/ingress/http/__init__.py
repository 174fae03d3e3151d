"""Mail that is posted over HTTP."""
