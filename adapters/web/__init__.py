"""The web server: whether the process is alive (/healthz), and whether it can take questions (/readyz).

`server` serves, `readiness` knows what has to be well, `healthcheck` is the command that a container asks with.
"""
