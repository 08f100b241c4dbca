import os

# huggingface_hub asks the Hub about its environment when it makes its first headers, unless this is set before its
# first import (checked with 2.4.0, 2026-11-20). The program sets it in bot/__main__.py.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
