#!/usr/bin/env python3
"""Writes the seed inputs of log_reader_fuzz. Usage: make_log_corpus.py [FOLDER]"""
import pathlib
import struct
import sys

COMMIT_START, BATCH_END = 1 << 31, 1 << 30
SALT = 0x5EC7


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def frame(position, payload, marks=COMMIT_START | BATCH_END, salt=SALT):
    word = len(payload) | marks
    body = struct.pack("<Q", position) + payload
    return struct.pack("<II", word, crc32c(body, salt ^ word)) + body


def header():
    block = b"SPCTRLOG" + struct.pack("<IIQQQQIq", 1, SALT, 1, 1 << 20, 1, 0, 0, 0)
    block = block.ljust(4092, b"\0")
    return block + struct.pack("<I", crc32c(block))


AS_HEADER, REPAIRED, AS_IT_IS = b"\x00", b"\x01", b"\x02"
two = frame(1, b"one") + frame(2, b"two")
SEEDS = {
    "header": AS_HEADER + header(),
    "damaged_header": AS_HEADER + header()[:-1] + b"x",
    "empty": AS_IT_IS,
    "two_records": AS_IT_IS + two,
    "zero_tail": AS_IT_IS + two + bytes(100),
    "torn_record": AS_IT_IS + two + frame(3, b"three")[:-1],
    "unfinished_batch": AS_IT_IS + two + frame(3, b"three", COMMIT_START),
    "hole_before_a_commit": AS_IT_IS + frame(1, b"one") + bytes(19) + frame(3, b"three"),
    "hole_in_a_commit": AS_IT_IS + frame(1, b"one") + bytes(19) + frame(3, b"three", BATCH_END),
    "recycled_tail": AS_IT_IS + two + frame(3, b"old", salt=SALT + 1),
    "huge_length": AS_IT_IS + two + b"\xff" * 40,
    "repaired": REPAIRED + two + struct.pack("<IIQ", COMMIT_START | 200, 0, 3) + b"y" * 200,
}

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "corpus" / "log_reader_fuzz")
folder.mkdir(parents=True, exist_ok=True)
for name, data in SEEDS.items():
    (folder / name).write_bytes(data)
