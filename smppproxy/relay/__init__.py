"""The proxy core: frames in, frames out, every request answered once. Does no I/O."""
