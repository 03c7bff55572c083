# pillow.py JOB IN OUT: one job of bench/peers by Pillow, at its best: two
# processes, draft decoding where the picture shrinks.  Prints the seconds from the
# first file to the last, start-up of the interpreters not counted.
from PIL import Image, ImageFilter

from common import main

Image.MAX_IMAGE_PIXELS = None


def half(picture):
    size = (picture.width // 2, picture.height // 2)
    return picture.resize(size, Image.LANCZOS)


def thumb(path, out, side, quality):
    picture = Image.open(path)
    scale = side / max(picture.size)
    size = tuple(max(1, round(s * scale)) for s in picture.size)
    picture.draft("RGB", (2 * size[0], 2 * size[1]))
    picture = picture.resize(size, Image.LANCZOS, reducing_gap=2.0)
    picture.save(out, quality=quality)


def chain(path, out):
    picture = half(Image.open(path).convert("RGB"))
    picture = picture.filter(ImageFilter.GaussianBlur(2))
    picture.filter(ImageFilter.SHARPEN).save(out, quality=85)


def gray(path, out):
    picture = Image.open(path)
    picture.draft("L", picture.size)
    picture.convert("L").save(out, quality=85)


def blur(path, out):
    picture = Image.open(path).convert("RGB")
    picture.filter(ImageFilter.GaussianBlur(2)).save(out, quality=85)


JOBS = {
    "thumb": lambda i, o: thumb(i, o, 512, 80),
    "sharp": lambda i, o: thumb(i, o, 720, 80),
    "chain": chain,
    "png": lambda i, o: half(Image.open(i)).save(o),
    "tojpeg": lambda i, o: Image.open(i).convert("RGB").save(o, quality=85),
    "gray": gray,
    "small": lambda i, o: thumb(i, o, 64, 85),
    "huge": lambda i, o: thumb(i, o, 2048, 85),
    "hugeblur": blur,
}

if __name__ == "__main__":
    main(JOBS)
