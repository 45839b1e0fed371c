"""The packed file of tile maps: how it is written and read back. README.md states the format."""

import struct
import zlib
from dataclasses import dataclass

import numpy as np

MAGIC = b"CVXMAPS1"
HEADER = struct.Struct("<8sHHBBBIII")


@dataclass
class Collection:
    """Maps of one game: train, validation and test one after the other."""

    classes: int
    bits: int
    counts: tuple  # (train, validation, test)
    maps: np.ndarray  # u8 [sum(counts), height, width], values below `classes`
    labels: np.ndarray | None  # u8 [sum(counts)], or None where a game has no labels


def pack(collection):
    """The file's bytes."""
    _, height, width = collection.maps.shape
    flat = collection.maps.reshape(len(collection.maps), -1)
    bits = np.unpackbits(flat[:, :, None], axis=2, bitorder="little", count=collection.bits)
    packed = np.packbits(bits.reshape(len(flat), -1), axis=1, bitorder="little")
    labels = b"" if collection.labels is None else collection.labels.astype(np.uint8).tobytes()
    header = HEADER.pack(MAGIC, height, width, collection.classes, collection.bits,
                         collection.labels is not None, *collection.counts)
    return zlib.compress(header + labels + packed.tobytes(), 9)


def unpack(data):
    """The inverse of `pack`. Raises ValueError where the bytes are not such a file."""
    raw = zlib.decompress(data)
    magic, height, width, classes, bits, has_labels, *counts = HEADER.unpack_from(raw)
    if magic != MAGIC:
        raise ValueError("not a packed file of tile maps")
    total, at = sum(counts), HEADER.size
    labels = None
    if has_labels:
        labels = np.frombuffer(raw, np.uint8, total, at)
        at += total
    row = -(-height * width * bits // 8)
    packed = np.frombuffer(raw, np.uint8, total * row, at).reshape(total, row)
    if at + total * row != len(raw):
        raise ValueError("the packed file's length does not match its header")
    unpacked = np.unpackbits(packed, axis=1, bitorder="little", count=height * width * bits)
    weights = (1 << np.arange(bits)).astype(np.uint8)
    maps = (unpacked.reshape(total, height, width, bits) * weights).sum(axis=3, dtype=np.uint8)
    return Collection(classes, bits, tuple(counts), maps, labels)
