# opencv.py JOB IN OUT: one job of bench/peers by OpenCV, at its best: two
# processes of one thread, reduced decoding where the picture shrinks.  Prints the
# seconds from the first file to the last, start-up not counted.
import os

os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(1 << 40))

import cv2
import numpy

from common import main

cv2.setNumThreads(1)


def half(picture):
    size = (picture.shape[1] // 2, picture.shape[0] // 2)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def size_of(path):
    """Width and height from the header of a JPEG file."""
    with open(path, "rb") as file:
        data = file.read(1 << 16)
    at = 2
    while at + 9 < len(data):
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] in (0xC0, 0xC1, 0xC2):
            height = int.from_bytes(data[at + 5 : at + 7], "big")
            return int.from_bytes(data[at + 7 : at + 9], "big"), height
        at += 2 + length
    raise ValueError(path)


def thumb(path, out, side, quality):
    width, height = size_of(path)
    scale = side / max(width, height)
    flag = cv2.IMREAD_COLOR
    for part in (2, 4, 8):
        if scale * part <= 0.5:
            flag = getattr(cv2, f"IMREAD_REDUCED_COLOR_{part}")
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = cv2.imread(path, flag)
    picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    write(out, picture, quality)


def write(out, picture, quality=85):
    cv2.imwrite(out, picture, [cv2.IMWRITE_JPEG_QUALITY, quality])


SHARPEN = numpy.array([[-2, -2, -2], [-2, 32, -2], [-2, -2, -2]]) / 16


def chain(path, out):
    picture = cv2.GaussianBlur(half(cv2.imread(path)), (0, 0), 2)
    write(out, cv2.filter2D(picture, -1, SHARPEN))


JOBS = {
    "thumb": lambda i, o: thumb(i, o, 512, 80),
    "sharp": lambda i, o: thumb(i, o, 720, 80),
    "chain": chain,
    "png": lambda i, o: cv2.imwrite(
        o, half(cv2.imread(i)), [cv2.IMWRITE_PNG_COMPRESSION, 6]
    ),
    "tojpeg": lambda i, o: write(o, cv2.imread(i)),
    "gray": lambda i, o: write(o, cv2.imread(i, cv2.IMREAD_GRAYSCALE)),
    "small": lambda i, o: thumb(i, o, 64, 85),
    "huge": lambda i, o: thumb(i, o, 2048, 85),
    "hugeblur": lambda i, o: write(o, cv2.GaussianBlur(cv2.imread(i), (0, 0), 2)),
}

if __name__ == "__main__":
    main(JOBS)
