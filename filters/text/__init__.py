"""Reading and judging texts: normaliser, memo, ONNX judge."""
