"""Where package files live: one store, a local directory or any fsspec file system."""
