"""One committed entry per event type, as it was on the wire on the day the type was published.

Never edited: a reader must understand them for ever. SHA256SUMS says what they were; a new sample is added to both.
"""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def sample(event_type: str) -> dict[str, Any]:
    """The sample of `event_type` as JSON."""
    content: dict[str, Any] = json.loads((FOLDER / f"{event_type}.json").read_text("utf-8"))
    return content
