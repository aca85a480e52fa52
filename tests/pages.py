"""PDF files for tests, written here."""


def pdf(*, sides: tuple[float, float] = (200, 100), pages: int = 1, info: bytes = b"") -> bytes:
    """Pages with a red square at the lower left; `info` is what the file says about itself."""
    numbers = [3 + n for n in range(pages)]
    return written(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {pages} /Kids [{' '.join(f'{n} 0 R' for n in numbers)}] >>".encode(),
        *[
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {sides[0]} {sides[1]}] /Contents {3 + pages} 0 R >>".encode()
            for _ in numbers
        ],
        _stream(b"1 0 0 rg 0 0 50 50 re f"),
        info=info,
    )


def endless(levels: int = 9) -> bytes:
    """A page of two kilobytes that draws a form, which draws ten forms, each of which draws ten: days of work."""
    forms = []
    for n in range(levels):
        last = n == levels - 1
        inner = b"" if last else b" /Resources << /XObject << /X %d 0 R >> >>" % (6 + n)
        drawing = b"0 0 50 50 re f" if last else b"/X Do " * 10
        forms.append(_stream(drawing, b"/Type /XObject /Subtype /Form /BBox [0 0 200 100]" + inner))
    page = b"/MediaBox [0 0 200 100] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >>"
    return written(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R " + page + b" >>",
        _stream(b"/X Do"),
        *forms,
    )


def written(*objects: bytes, info: bytes = b"") -> bytes:
    """A file of these objects, numbered from one; the first is its root. `info` becomes one more, and is named as such."""
    every = [*objects, *([b"<< " + info + b" >>"] if info else [])]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(every, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    size = len(every) + 1
    named = f" /Info {len(every)} 0 R" if info else ""
    return (
        out
        + f"xref\n0 {size}\n0000000000 65535 f \n".encode()
        + table
        + f"trailer\n<< /Size {size} /Root 1 0 R{named} >>\nstartxref\n{len(out)}\n%%EOF\n".encode()
    )


def _stream(body: bytes, head: bytes = b"") -> bytes:
    return b"<< " + head + b" /Length " + str(len(body)).encode() + b" >>\nstream\n" + body + b"\nendstream"
