"""The web server: whether the process is alive (/healthz), whether it can take questions (/readyz), and its figures
(/metrics).

`server` serves, `readiness` knows what has to be well, `metrics` counts, `healthcheck` is the command that a container
asks with.
"""
