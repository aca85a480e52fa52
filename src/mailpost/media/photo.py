"""Photos: upright, without any metadata, in sRGB and in several widths.

The pixels are decoded and written anew, so nothing that stood around them survives: no EXIF, GPS, XMP, IPTC,
comment, thumbnail or second file hidden behind the first.
"""

import warnings
from collections.abc import Iterator
from io import BytesIO

from PIL import Image, ImageChops, ImageCms, ImageFile, ImageOps

from mailpost.attachment import Kind
from mailpost.media import caption
from mailpost.media.made import LeftOut, Made, Version

try:
    import pi_heif
except ImportError:  # the extra `heic`
    pi_heif = None
else:
    pi_heif.register_heif_opener()

FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/heic": "HEIF",
    "image/heif": "HEIF",
}
TYPES = frozenset(FORMATS)
MOVING = frozenset({"GIF", "PNG", "WEBP", "AVIF"})  # a second picture in a JPEG or HEIC is another one, not a next one
PIXELS = 50_000_000
SIDE = 12_000
FRAMES = 200
FRAME_PIXELS = 300_000_000
BESIDE = frozenset({b"tEXt", b"zTXt", b"iTXt", b"iCCP"})  # of a PNG
TRACKER = 3
LARGEST = 1600
LARGEST_MOVING = 800
WIDTHS = (480, 960, LARGEST)
FLAT = 256  # colours: with fewer it is a drawing or a screenshot
ARRIVED = 0.1  # of the rows of a photo that was cut short: with fewer there is nothing to see
FILLED = (128, (128, 128, 128), (127, 127, 127, 127))  # pixels of a JPEG that have not arrived
SHORTEST = 20  # milliseconds a frame of an animation is shown
ORIENTATION, SIDEWAYS = 0x0112, 5  # EXIF: from here on width and height are exchanged


def make(content: bytes, type_: str, name: str) -> Made:
    label = name or "a photo"
    if FORMATS[type_] == "HEIF" and pi_heif is None:
        raise LeftOut(f"{label} was left out: reading HEIC needs the extra 'heic'")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _made(content, FORMATS[type_], label)
    except LeftOut:
        raise
    except Image.DecompressionBombError:
        raise LeftOut(f"{label} was left out: its pixels are too many") from None
    except MemoryError:
        raise LeftOut(f"{label} was left out: it needs too much memory") from None
    except Exception as problem:  # a damaged picture raises whatever its decoder felt like
        raise LeftOut(f"{label} was left out: the picture is damaged") from problem


def pictures(image: Image.Image) -> tuple[Version, ...]:
    """A picture in all its widths: the largest as JPEG, or as PNG where it is drawn or clear, then WebP, the smallest first."""
    flat = image.mode in ("1", "P") or (image.format in ("PNG", None) and image.getcolors(FLAT) is not None)
    if image.mode not in ("RGB", "RGBA", "L", "CMYK"):
        clear = image.mode in ("LA", "PA") or "transparency" in image.info
        image = image.convert("RGBA" if clear else "RGB")
    turned = image.getexif().get(ORIENTATION, 1) >= SIDEWAYS
    widths = _widths(*(image.size[::-1] if turned else image.size))
    # Turning and converting the colours cost less once the picture is smaller.
    largest = _scaled(image, widths[0], turned=turned)
    scaled = [_srgb(ImageOps.exif_transpose(largest))]
    for width in widths[1:]:
        scaled.append(_scaled(scaled[-1], width))
    best = scaled[0]
    if flat or best.mode == "RGBA":
        shown = Version(_encoded(best, "PNG"), "image/png", "png", *best.size)
    else:
        shown = Version(_encoded(best, "JPEG", quality=82), "image/jpeg", "jpg", *best.size)
    # Method 1 costs a third of the default and gives files of the same size.
    small = [
        Version(_encoded(s, "WEBP", quality=78, method=1), "image/webp", "webp", *s.size) for s in reversed(scaled)
    ]
    return (shown, *small)


def frame(content: bytes) -> tuple[Version, ...]:
    """A frame of a film, which came as a JPEG that we made: the one version for a player to show while it waits."""
    with Image.open(BytesIO(content), formats=["JPEG"]) as image:
        return pictures(image)[:1]


def _made(content: bytes, format_: str, label: str) -> Made:
    try:
        with Image.open(BytesIO(content), formats=[format_]) as image:
            _reduce(image)
            _check(image, label)
            if image.format in MOVING and getattr(image, "is_animated", False):
                return _moving(image, label)
            return Made(Kind.PHOTO, pictures(_eight_bits(image)), caption.of_photo(image))
    except ValueError:  # what is written beside the pixels is too much for the decoder
        if format_ != "PNG" or content == (bare := _bare(content)):
            raise
        return _made(bare, format_, label)
    except (OSError, SyntaxError):
        if format_ not in ("JPEG", "PNG"):
            raise
        return _cut_short(content, format_, label)


def _reduce(image: Image.Image) -> None:
    """A JPEG can be decoded at half or quarter size at once; twice the largest width leaves the resize enough to work on."""
    longest = max(image.size)
    if longest > 2 * LARGEST:
        width, height = (max(1, side * 2 * LARGEST // longest) for side in image.size)
        image.draft("RGB", (width, height))


def _check(image: Image.Image, label: str) -> None:
    """Before a single pixel is decoded: a few bytes of file can ask for gigabytes."""
    width, height = image.size
    if width * height > PIXELS or max(width, height) > SIDE:
        raise LeftOut(f"{label} was left out: {width} × {height} pixels are too many")
    if width <= TRACKER and height <= TRACKER:
        raise LeftOut(f"{label} was left out: a picture of {width} × {height} pixels shows nothing")


def _bare(content: bytes) -> bytes:
    """A PNG without texts and profile: length (4 bytes), name, data, checksum (4)."""
    kept, at = [content[:8]], 8
    while at < len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        if content[at + 4 : at + 8] not in BESIDE:
            kept.append(content[at:end])
        at = end
    return b"".join(kept)


def _cut_short(content: bytes, format_: str, label: str) -> Made:
    """What has arrived of a picture whose end is missing: better than no picture."""
    with Image.open(BytesIO(content), formats=[format_]) as image:
        # A progressive photo has all its rows at once, only coarser; the decoder waits for the end of the file.
        progressive = image.info.get("progressive")
    ImageFile.LOAD_TRUNCATED_IMAGES = not progressive
    try:
        with Image.open(BytesIO(content + b"\xff\xd9" * bool(progressive)), formats=[format_]) as image:
            _reduce(image)
            _check(image, label)
            image.load()
            rows = _rows(image)
            if rows < image.height * ARRIVED:
                raise LeftOut(f"{label} was left out: the picture is damaged")
            shown = image.crop((0, 0, image.width, rows))
            shown.format = image.format
            return Made(
                Kind.PHOTO,
                pictures(_eight_bits(shown)),
                caption.of_photo(image),
                notes=(f"{label} arrived incomplete: what is missing cannot be shown",),
            )
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _rows(image: Image.Image) -> int:
    """How many rows have arrived; the decoders fill the others with the middle grey (JPEG) or nothing (PNG)."""
    box = image.getbbox()
    last = image.getpixel((image.width - 1, image.height - 1))
    if image.format != "PNG" and last in FILLED:
        box = ImageChops.difference(image, Image.new(image.mode, image.size, last)).getbbox()
    return box[3] if box else 0


def _eight_bits(image: Image.Image) -> Image.Image:
    """16 bits of grey have to be made 8 by us: Pillow would keep the wrong ones."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda level: level * (1 / 256)).convert("L")


def _scaled(image: Image.Image, width: int, *, turned: bool = False) -> Image.Image:
    """The picture `width` pixels wide, as seen upright; Hamming is as sharp as bicubic for half the work."""
    across, down = image.size[::-1] if turned else image.size
    size = (width, max(1, round(down * width / across)))
    size = size[::-1] if turned else size
    return image if image.size == size else image.resize(size, Image.Resampling.HAMMING)


def _widths(width: int, height: int) -> list[int]:
    """Widths to offer, the largest first; the longer side never exceeds the largest."""
    top = min(width, LARGEST if width >= height else max(1, round(LARGEST * width / height)))
    return [top, *(w for w in reversed(WIDTHS) if w < top * 0.9)]


def _srgb(image: Image.Image) -> Image.Image:
    """The same picture in sRGB with 8 bits a channel, with a transparency channel only where it is used."""
    profile = image.info.get("icc_profile")
    if profile:
        try:
            space = ImageCms.ImageCmsProfile(BytesIO(profile))
            mode = "RGBA" if image.mode == "RGBA" else "RGB"
            converted = ImageCms.profileToProfile(image, space, ImageCms.createProfile("sRGB"), outputMode=mode)
            image = converted or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken profile says nothing about the colours
    used = image.mode == "RGBA" and image.getchannel("A").getextrema() != (255, 255)
    return image if used or image.mode == "RGB" else image.convert("RGB")


def _moving(image: Image.Image, label: str) -> Made:
    """An animation as one GIF, frame by frame; browsers show it everywhere."""
    most = max(1, min(FRAMES, FRAME_PIXELS // (image.width * image.height)))
    frames = _frames(image, most)
    first = next(frames)
    out = BytesIO()
    first.save(out, "GIF", save_all=True, append_images=frames, loop=0, disposal=2)
    notes = (f"{label} was shortened to its first {most} frames",) if _goes_on(image, most) else ()
    return Made(Kind.PHOTO, (Version(out.getvalue(), "image/gif", "gif", *first.size),), notes=notes)


def _frames(image: Image.Image, most: int) -> Iterator[Image.Image]:
    """One after the other, so that only one is in memory as it was sent."""
    for number in range(most):
        try:
            if number and not _goes_on(image, number):
                return
            image.load()  # only then is it known how long a frame is shown
        except Exception:
            if number:  # what moved until here still moves
                return
            raise
        shown = image.convert("RGBA")
        shown.thumbnail((LARGEST_MOVING, LARGEST_MOVING))
        shown.info = {"duration": max(SHORTEST, int(image.info.get("duration", 100)))}
        yield shown


def _goes_on(image: Image.Image, number: int) -> bool:
    """Whether there is a frame of this number; the frames of a GIF are not counted anywhere."""
    try:
        image.seek(number)
    except EOFError:
        return False
    return True


def _encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    # Pillow copies comments, profiles and EXIF it finds here into the new file.
    image.info.clear()
    out = BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()
