"""Reading and judging texts: normaliser, memo, ONNX judge."""

import os

# ONNX Runtime would write an identifier of this machine into the home directory when it is imported, and may send it to
# its makers: what passes through a carrier is nobody else's business.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
