"""`python -m adapters.web.healthcheck`: ends with 0 while the bot in this container is alive, otherwise with 1.

For Docker's HEALTHCHECK. It asks /healthz at the port that the environment names; where that is none, there is nothing
to ask, and that the container runs has to do. The standard library alone: it is started every half minute.
"""

import http.client
import os
import sys
from collections.abc import Mapping

ALL_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here
PATIENCE = 3.0  # seconds


def trouble(environ: Mapping[str, str]) -> str:
    """Why the bot does not count as alive; "" where it does."""
    port = environ.get("PARLEY_WEB__PORT", "0")
    if port == "0":
        return ""
    host = environ.get("PARLEY_WEB__HOST", "127.0.0.1")
    connection = http.client.HTTPConnection(ALL_ADDRESSES.get(host, host), int(port), timeout=PATIENCE)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"/healthz does not answer: {type(error).__name__}"
    finally:
        connection.close()
    return "" if status == 200 else f"/healthz answers {status}"


if __name__ == "__main__":
    sys.exit(trouble(os.environ) or 0)
