"""Sound and film without what tells who made them, where and with what: each format as `bytes → bytes`.

What is heard and seen stays as it is, byte for byte: nothing is decoded, so nothing can be lost, and damaged
files come out as damaged as they went in.
"""
