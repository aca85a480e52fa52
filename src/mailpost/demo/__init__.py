"""A whole blog on this machine, for trying out."""
