"""Numbers for whoever watches the service, in the format of Prometheus."""
