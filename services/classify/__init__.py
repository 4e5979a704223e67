"""classify: says what each mention is, with reasons.

Reads `amends:mentions`, emits `mention.assessed`. Owns the schema `classify`.
"""

import os

# Before numpy is loaded: its products are small, and its threads would only wait for each other. More work is done by
# more replicas; the second stage has threads of its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Before onnxruntime is loaded: left alone it tells its makers about every session. Nothing here tells anybody anything.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
