"""Comments and quoted strings, which hide text from a careless reader (RFC 5322, section 3.2)."""


def comment_end(text: str, start: int) -> int | None:
    """Return the index after the comment that opens at `start`, None where it never closes. Comments nest."""
    depth = 0
    index = start
    while index < len(text):
        character = text[index]
        if character == "\\":
            index += 1
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return index + 1
        index += 1
    return None


def quoted(text: str, start: int) -> tuple[str, int] | None:
    """Return what the string that opens at `start` says and the index after it, None where it never closes."""
    said: list[str] = []
    index = start + 1
    while index < len(text):
        character = text[index]
        if character == '"':
            return "".join(said), index + 1
        if character == "\\":
            index += 1
            character = text[index : index + 1]
        said.append(character)
        index += 1
    return None


def addresses(value: str) -> frozenset[str]:
    """Return the plain addresses in a To or Cc field, lower-case; none where comments or strings do not close."""
    kept: list[str] = []
    index = 0
    while index < len(value):
        character = value[index]
        if character == "(":
            end = comment_end(value, index)
            if end is None:
                return frozenset()
            character, index = " ", end
        elif character == '"':
            string = quoted(value, index)
            if string is None:
                return frozenset()
            # The mark stays: a quoted local part must not leave a shorter address behind.
            index = string[1]
        else:
            index += 1
        kept.append("," if character in ";:" else character)
    pieces = [piece.strip() for piece in "".join(kept).lower().split(",")]
    found = [piece[piece.rfind("<") + 1 : -1] if piece.endswith(">") else piece for piece in pieces]
    return frozenset(address for address in found if "@" in address and not set(' \t\r\n"<>') & set(address))
