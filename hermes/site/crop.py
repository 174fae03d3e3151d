"""Two pictures of a page, cut to what is different in them."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, ImageChops

#: Around what is different, so that a person sees where on the page it is.
_MARGIN: Final = 56
#: The smallest and the largest cut, in pixels.
_LEAST_WIDTH: Final = 480
_LEAST_HEIGHT: Final = 220
_MOST_HEIGHT: Final = 900
#: A picture in a mail.
PICTURE_BYTES: Final = 400 * 1024
#: Pictures in one mail: three pairs.
PICTURES: Final = 6
_COLOURS: Final = (256, 64)
_SCALE: Final = 0.7
#: Beyond this a picture is not opened: it would not fit the memory.
PIXELS: Final = 1300 * 17_000

Box = tuple[int, int, int, int]


def pair(before: bytes, after: bytes) -> tuple[Image.Image, Image.Image] | None:
    """The two pictures cut to the place that is different; None if nothing is."""
    old, new = _opened(before), _opened(after)
    where = _different(old, new)
    if where is None:
        return None
    return old.crop(where[0]), new.crop(where[1])


def encoded(picture: Image.Image) -> bytes:
    """A PNG file small enough for a mail: with fewer colours and smaller, if that is what it takes."""
    data = _png(picture)
    for colours in _COLOURS:
        if len(data) <= PICTURE_BYTES:
            return data
        data = _png(picture.quantize(colours))
    while len(data) > PICTURE_BYTES:
        picture = picture.resize((max(1, int(picture.width * _SCALE)), max(1, int(picture.height * _SCALE))))
        data = _png(picture.quantize(_COLOURS[-1]))
    return data


def _opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data), formats=["PNG"])
    if picture.width * picture.height > PIXELS:
        raise ValueError(f"a picture of {picture.width} × {picture.height} pixels is too large")
    return picture.convert("RGB")


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _different(old: Image.Image, new: Image.Image) -> tuple[Box, Box] | None:
    """The boxes of what is different in each of two pictures of the same width."""
    top, bottom = _same_rows(old, new)
    if top == old.height == new.height:
        return None
    left, right = 0, max(old.width, new.width)
    if old.height == new.height:
        found = ImageChops.difference(old, new).getbbox()
        assert found is not None
        left, right = found[0], found[2]
        wanting = _LEAST_WIDTH - (right - left) - 2 * _MARGIN
        left, right = left - _MARGIN - max(0, wanting) // 2, right + _MARGIN + max(0, wanting) // 2
    boxes = [_rows(top, picture.height - bottom, left, right, picture) for picture in (old, new)]
    if old.height != new.height:
        boxes = _without_borders(boxes, (old, new))
    return boxes[0], boxes[1]


def _same_rows(old: Image.Image, new: Image.Image) -> tuple[int, int]:
    """How many rows are the same from the top, and of the others from the bottom."""
    if old.width != new.width:
        return 0, 0
    one, other, row = memoryview(old.tobytes()), memoryview(new.tobytes()), old.width * 3
    least = min(old.height, new.height)
    top = 0
    while top < least and one[top * row : (top + 1) * row] == other[top * row : (top + 1) * row]:
        top += 1
    bottom, ends = 0, (len(one), len(other))
    while (
        bottom < least - top
        and one[ends[0] - (bottom + 1) * row : ends[0] - bottom * row]
        == other[ends[1] - (bottom + 1) * row : ends[1] - bottom * row]
    ):
        bottom += 1
    return top, bottom


def _rows(top: int, bottom: int, left: int, right: int, picture: Image.Image) -> Box:
    """A box with its margin, inside the picture, neither too low nor too high."""
    wanting = max(0, _LEAST_HEIGHT - (bottom - top) - 2 * _MARGIN)
    top, bottom = top - _MARGIN - wanting // 2, bottom + _MARGIN + wanting // 2
    bottom = min(bottom, picture.height, max(0, top) + _MOST_HEIGHT)
    top = max(0, min(top, bottom - 1))
    return max(0, left), top, min(picture.width, right), bottom


def _without_borders(boxes: list[Box], pictures: tuple[Image.Image, Image.Image]) -> list[Box]:
    """The same boxes without columns at both sides that have the colour of the page alone."""
    lefts, rights = [], []
    for box, picture in zip(boxes, pictures, strict=True):
        cut = picture.crop(box)
        plain = Image.new("RGB", cut.size, cut.getpixel((0, 0)))
        found = ImageChops.difference(cut, plain).getbbox()
        lefts.append(box[0] + found[0] if found is not None else box[2])
        rights.append(box[0] + found[2] if found is not None else box[0])
    left, right = max(0, min(lefts) - _MARGIN), max(rights) + _MARGIN
    if right - left < _LEAST_WIDTH:
        left, right = max(0, left - (_LEAST_WIDTH - right + left) // 2), left + _LEAST_WIDTH
    return [(min(left, box[2] - 1), box[1], min(right, box[2]), box[3]) for box in boxes]


def beginning(data: bytes) -> Image.Image:
    """The beginning of a picture of a whole page."""
    picture = _opened(data)
    return picture.crop((0, 0, picture.width, min(picture.height, _MOST_HEIGHT)))
