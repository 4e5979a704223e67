"""Whether the service in this container is ready: exit code 0 or 1. For HEALTHCHECK; needs nothing installed."""

import os
import sys
import urllib.error
import urllib.request

URL = f"http://127.0.0.1:{os.environ.get('PROBES_PORT', '9100')}/readyz"

try:
    with urllib.request.urlopen(URL, timeout=2) as answer:
        sys.exit(0 if answer.status == 200 else 1)
except (urllib.error.URLError, OSError):
    sys.exit(1)
