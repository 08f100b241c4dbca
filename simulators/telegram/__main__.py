"""`python -m simulators.telegram --port N`"""

from simulators.simulator import serve
from simulators.telegram import TelegramSimulator

if __name__ == "__main__":
    serve(TelegramSimulator, 8081)
