# common.py: what the programs of bench/peers written in Python share.
import os


def files(folder):
    """All files below a folder, in a fixed order."""
    found = []
    for base, _, names in os.walk(folder):
        found += [os.path.join(base, name) for name in names]
    return sorted(found)


def target(job, path, out):
    """The output of a job: one folder, names made unique by their folder."""
    name = os.path.basename(os.path.dirname(path)) + "-"
    name += os.path.splitext(os.path.basename(path))[0]
    return os.path.join(out, name + (".png" if job == "png" else ".jpg"))
