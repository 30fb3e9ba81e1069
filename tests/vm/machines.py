"""The disks of the virtual machines and how they are connected."""

import array
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess

BLOCK = 512
DISK_BYTES = 32 << 20
PLANTED_BYTES = 8 << 20
# The block that the disks "media" and "damaged" cannot read; the programs in the guest know it.
BAD_BLOCK = {"media": 40000, "damaged": 9001}
# So slow, and so much longer than what is under way at once, that it can be removed in the midst of
# a scan.
GONE_BYTES_PER_SECOND = 4 << 20
GONE_REPEATS = 4
PARTITION = (2048, 4096)
MARK = "planted-%07d-mark"


def pattern_disk(path):
    """The word at byte 8k is k times 0x9E3779B97F4A7C15."""
    mask = (1 << 64) - 1
    words = array.array("Q", ((k * 0x9E3779B97F4A7C15) & mask for k in range(DISK_BYTES // 8)))
    path.write_bytes(words.tobytes())


def planted_text():
    """Lines of random text with marks, each named by its offset, that lie across all borders at
    which reads are cut: blocks, the small controller's commands, tiles, the largest commands."""
    source = random.Random(5)
    letters = b"abcdefghijklmnopqrstuvwxyz0123456789 \n"
    text = bytearray(source.choices(letters, k=64 << 10)) * (PLANTED_BYTES >> 16)
    places = {0, PLANTED_BYTES - 1}
    for step in (8 << 10, 64 << 10, 512 << 10):
        places.update(source.sample(range(step, PLANTED_BYTES, step), 8))
    for block in range(BAD_BLOCK["damaged"] - 1, BAD_BLOCK["damaged"] + 2):
        places.update((block * BLOCK, block * BLOCK + 200))
    places.update(source.randrange(0, PLANTED_BYTES) for _ in range(40))
    for place in sorted(places):
        offset = min(max(place - 9, 0), PLANTED_BYTES - len(MARK % 0))
        mark = (MARK % offset).encode()
        text[offset:offset + len(mark)] = mark
    return bytes(text)


def partitioned(text):
    """The text behind a partition table in its first block, with one partition."""
    entry = struct.pack("<B3sB3sII", 0, bytes(3), 0x83, bytes(3), *PARTITION)
    return bytes(446) + entry + bytes(48) + b"\x55\xaa" + text[BLOCK:]


def find_mkfs():
    """mkfs.ext4, or None; users who are not root do not search where it is."""
    return shutil.which("mkfs.ext4", path=os.environ.get("PATH", "") + ":/sbin:/usr/sbin")


def file_disk(path, folder):
    """A file system that holds what is in `folder`."""
    path.touch()
    os.truncate(path, DISK_BYTES)
    subprocess.run([find_mkfs(), "-q", "-F", "-b", "4096", "-d", folder, path], check=True,
                   capture_output=True)


def make_disks(folder):
    """The images of all machines, in `folder`; the planted text."""
    folder = pathlib.Path(folder)
    pattern_disk(folder / "pattern.img")
    text = planted_text()
    (folder / "planted.img").write_bytes(text)
    (folder / "long.img").write_bytes(text * GONE_REPEATS)
    (folder / "parted.img").write_bytes(partitioned(text))
    (folder / "files").mkdir()
    (folder / "files" / "planted.txt").write_bytes(text)
    file_disk(folder / "files.img", folder / "files")
    return text


class Devices:
    """QEMU's arguments, gathered."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.arguments = []

    def switch(self, ports):
        """One PCIe switch with so many ports, named port0 and on."""
        self.device("pcie-root-port,id=root0,chassis=1,slot=1")
        self.device("x3130-upstream,id=upstream,bus=root0")
        for port in range(ports):
            self.device(f"xio3130-downstream,id=port{port},bus=upstream,chassis={port + 2},"
                        f"slot={port + 2}")

    def device(self, text):
        self.arguments += ["-device", text]

    def disk(self, serial, image, controller="", namespace="", bus=None, bytes_per_second=0):
        """A controller, known by its serial number, with one namespace."""
        file = {"driver": "file", "filename": str(self.folder / image), "read-only": True}
        if serial in BAD_BLOCK:
            # Media that cannot be read, for as long as the machine runs.
            file = {"driver": "blkdebug", "image": file, "inject-error": [
                {"event": "none", "iotype": "read", "errno": 5, "once": False,
                 "sector": BAD_BLOCK[serial]}]}
        if bytes_per_second:
            self.arguments += ["-object", f"throttle-group,id={serial}-group,"
                               f"x-bps-read={bytes_per_second}"]
            file = {"driver": "throttle", "throttle-group": f"{serial}-group", "file": file}
        node = {"driver": "raw", "node-name": f"{serial}-node", "read-only": True, "file": file}
        self.arguments += ["-blockdev", json.dumps(node)]
        place = f",bus={bus}" if bus else ""
        self.device(f"nvme,id={serial},serial={serial}{controller}{place}")
        self.device(f"nvme-ns,id={serial}-ns,drive={serial}-node,bus={serial},nsid=1{namespace}")


def devices(folder):
    """All disks that the tests know."""
    all_disks = Devices(folder)
    all_disks.switch(4)
    all_disks.device("pcie-root-port,id=root1,chassis=10,slot=10")
    all_disks.disk("data", "pattern.img", bus="port0")
    all_disks.disk("peer", "pattern.img", controller=",cmb_size_mb=64", bus="port1")
    all_disks.disk("files", "files.img", bus="port2")
    all_disks.disk("planted", "planted.img", bus="port3")
    all_disks.disk("lone", "pattern.img", controller=",cmb_size_mb=16")
    all_disks.disk("small", "planted.img", controller=",mdts=1")
    all_disks.disk("wide", "planted.img",
                   namespace=",logical_block_size=4096,physical_block_size=4096")
    all_disks.disk("tagged", "planted.img", namespace=",ms=8")
    all_disks.disk("media", "pattern.img")
    all_disks.disk("damaged", "planted.img")
    all_disks.disk("parted", "parted.img")
    all_disks.disk("gone", "long.img", bus="root1", bytes_per_second=GONE_BYTES_PER_SECOND)
    return all_disks.arguments
