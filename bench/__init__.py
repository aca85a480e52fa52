"""How fast and how large mailpost is, beside the least that the same work can cost here and now."""
