"""Photos like a telephone's: 3.5 megapixels, 100–400 kB, every third one lying on its side."""

import io
import random

from PIL import Image

SIDES = (2160, 1620)
ORIENTATION = 0x0112  # the EXIF tag
MAKER = 0x010F


def photo(rng: random.Random) -> bytes:
    """Soft shapes, texture and grain; the texture is what makes a JPEG large, so it is tuned to a wanted size."""
    shapes = _noise(rng, 16, 12, "RGB").resize(SIDES, Image.Resampling.BICUBIC)
    texture = _noise(rng, 480, 360, "RGB").resize(SIDES, Image.Resampling.BILINEAR)
    grain = _noise(rng, SIDES[0], SIDES[1], "L").convert("RGB")
    grainy = Image.blend(shapes, grain, 0.01)
    exif = Image.Exif()
    exif[MAKER] = "Bench"
    exif[ORIENTATION] = rng.choice((1, 1, 6))
    wanted = rng.uniform(120_000, 380_000)
    low, high, data = 0.0, 0.5, b""
    for _ in range(7):
        strength = (low + high) / 2
        data = _jpeg(Image.blend(grainy, texture, strength), exif)
        if abs(len(data) - wanted) < 15_000:
            break
        low, high = (strength, high) if len(data) < wanted else (low, strength)
    return data


def varied(data: bytes, number: int) -> bytes:
    """Nearly the same picture, in other pixels: the first factors of its quantisation table a little larger.

    Other bytes around the same pixels would not do: what is made of them would be the same files again.
    """
    table = data.index(b"\xff\xdb") + 5  # marker, length, name of the table
    varied = bytearray(data)
    for place in range(1, 11):
        number, step = divmod(number, 4)
        varied[table + place] += step
    return bytes(varied)


def _noise(rng: random.Random, width: int, height: int, mode: str) -> Image.Image:
    return Image.frombytes(mode, (width, height), rng.randbytes(width * height * len(mode)))


def _jpeg(image: Image.Image, exif: Image.Exif) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=78, exif=exif)
    return out.getvalue()
