"""What a gateway shows of itself over HTTP: health, readiness and metrics."""
