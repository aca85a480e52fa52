"""Photos as cameras turn them: each must come out upright, and say nothing of how it was held."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops

from mailpost.media import prepare
from mailpost.message import File
from tests.scores import Score, count

COLLECTION = "exif-orientation"
SMALL = (60, 45)
NEAR = 4  # levels of 256, on average: what coding twice costs, where one turned otherwise differs by sixty


def scores(corpus: Path) -> list[Score]:
    photos = sorted((corpus / COLLECTION).glob("Landscape_*.jpg"))
    model = Image.open(photos[0]).convert("RGB")
    results = {path.stem: _is_upright(path, model) for path in photos}
    return [count(COLLECTION, "photos upright, without EXIF", results, {})]


def _is_upright(path: Path, model: Image.Image) -> bool:
    prepared = prepare(File(path.read_bytes(), path.name, "image/jpeg", "", inline=False))
    return all(_agrees(content, model) for content in prepared.files.values())


def _agrees(content: bytes, model: Image.Image) -> bool:
    with Image.open(BytesIO(content)) as found:
        if found.getexif() or (found.width > found.height) != (model.width > model.height):
            return False
        small = [image.convert("RGB").resize(SMALL, Image.Resampling.BOX) for image in (model, found)]
    levels = ImageChops.difference(*small).convert("L").histogram()
    return sum(level * pixels for level, pixels in enumerate(levels)) / (SMALL[0] * SMALL[1]) < NEAR
