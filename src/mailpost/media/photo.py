"""Photos: upright, without any metadata, in sRGB and in several widths.

The pixels are decoded and written anew, so nothing that stood around them survives: no EXIF, GPS, XMP, IPTC,
comment, thumbnail or second file hidden behind the first.
"""

import warnings
from io import BytesIO

from PIL import Image, ImageCms, ImageOps, ImageSequence

from mailpost.attachment import Kind
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
PIXELS = 50_000_000
SIDE = 12_000
FRAMES = 200
FRAME_PIXELS = 300_000_000
TRACKER = 3
LARGEST = 1600
WIDTHS = (480, 960, LARGEST)
FLAT = 256  # colours: with fewer it is a drawing or a screenshot
ORIENTATION, SIDEWAYS = 0x0112, 5  # EXIF: from here on width and height are exchanged


def make(content: bytes, type_: str, name: str) -> Made:
    label = name or "a photo"
    if FORMATS[type_] == "HEIF" and pi_heif is None:
        raise LeftOut(f"{label} was left out: reading HEIC needs the extra 'heic'")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(content), formats=[FORMATS[type_]]) as image:
                _check(image, label)
                if getattr(image, "is_animated", False):
                    return _moving(image)
                return _still(image)
    except LeftOut:
        raise
    except Image.DecompressionBombError:
        raise LeftOut(f"{label} was left out: its pixels are too many") from None
    except MemoryError:
        raise LeftOut(f"{label} was left out: it needs too much memory") from None
    except Exception as problem:  # a damaged picture raises whatever its decoder felt like
        raise LeftOut(f"{label} was left out: the picture is damaged") from problem


def _check(image: Image.Image, label: str) -> None:
    """Before a single pixel is decoded: a few bytes of file can ask for gigabytes."""
    width, height = image.size
    frames = getattr(image, "n_frames", 1)
    if width * height > PIXELS or max(width, height) > SIDE:
        raise LeftOut(f"{label} was left out: {width} × {height} pixels are too many")
    if frames > FRAMES or frames * width * height > FRAME_PIXELS:
        raise LeftOut(f"{label} was left out: its animation is too long")
    if width <= TRACKER and height <= TRACKER:
        raise LeftOut(f"{label} was left out: a picture of {width} × {height} pixels shows nothing")


def _still(image: Image.Image) -> Made:
    # A JPEG can be decoded at half or quarter size at once; twice the largest width leaves the resize enough to work on.
    image.draft("RGB", (2 * LARGEST, 2 * LARGEST))
    if image.mode.startswith("I"):  # 16 bits of grey, of which Pillow would keep the wrong eight
        image = image.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    flat = image.mode in ("1", "P") or (image.format == "PNG" and image.getcolors(FLAT) is not None)
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
    return Made(Kind.PHOTO, (shown, *small))


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


def _moving(image: Image.Image) -> Made:
    """An animation as one GIF, frame by frame; browsers show it everywhere."""
    frames, durations = [], []
    for frame in ImageSequence.Iterator(image):
        durations.append(max(20, int(frame.info.get("duration", 100))))
        picture = frame.convert("RGBA")
        picture.thumbnail((LARGEST // 2, LARGEST // 2))
        picture.info.clear()
        frames.append(picture)
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0, disposal=2)
    return Made(Kind.PHOTO, (Version(out.getvalue(), "image/gif", "gif", *frames[0].size),))


def _encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    # Pillow copies comments, profiles and EXIF it finds here into the new file.
    image.info.clear()
    out = BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()
