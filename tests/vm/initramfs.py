"""An initramfs of busybox, our programs and the shared libraries that they need."""

import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile

# Mounts what programs expect, then serves the host's commands on the second serial port: a line is
# given to a shell, and answered by its exit status and what it wrote, base64-coded.
INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs -o mode=1777 tmp /tmp
export PATH=/bin HOME=/tmp
stty -F /dev/ttyS1 raw -echo
exec </dev/ttyS1 >/dev/ttyS1
echo "@ready $(uname -r)"
while read -r line; do
  sh -c "$line" </dev/null >/tmp/.out 2>/tmp/.err
  status=$?
  base64 /tmp/.out
  echo "@err"
  base64 /tmp/.err
  echo "@exit $status"
done
poweroff -f
"""


class Archive:
    """Entries of a cpio archive in the format "newc", which the kernel unpacks."""

    def __init__(self):
        self.parts = []
        self.names = set()
        self.folder(".")

    def add(self, name, mode, data=b"", device=(0, 0)):
        self.names.add(name)
        name = name.encode() + b"\0"
        fields = (len(self.parts) + 1, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
        self.parts.append(padded(head) + padded(data))

    def folder(self, name):
        self.add(name, stat.S_IFDIR | 0o755)

    def file(self, name, data):
        self.parents(name)
        self.add(name, stat.S_IFREG | 0o755, data)

    def parents(self, name):
        for parent in reversed(pathlib.PurePosixPath(name).parents):
            if str(parent) not in self.names:
                self.folder(str(parent))

    def bytes(self):
        self.add("TRAILER!!!", 0)
        return b"".join(self.parts)


def padded(data):
    return data + bytes(-len(data) % 4)


def shared_libraries(program):
    """What the dynamic linker would load, itself included."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    return re.findall(r"(?:=> )?(/\S+) \(0x", done.stdout)


def stripped(program):
    """The program without its lines for debuggers, which would not fit into the guest's memory."""
    if shutil.which("strip") is None:
        return pathlib.Path(program).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "program")
        subprocess.run(["strip", "-o", copy, program], check=True)
        return pathlib.Path(copy).read_bytes()


def build(programs, files):
    """The archive's bytes. `programs`: paths, which become /bin/NAME; `files`: contents by name."""
    archive = Archive()
    archive.folder("dev")
    archive.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    archive.file("init", INIT.encode())
    archive.file("bin/busybox", pathlib.Path(shutil.which("busybox")).read_bytes())
    libraries = set()
    for program in programs:
        archive.file(f"bin/{pathlib.Path(program).name}", stripped(program))
        libraries.update(shared_libraries(program))
    for library in sorted(libraries):
        archive.file(library.lstrip("/"), pathlib.Path(library).read_bytes())
    archive.file("etc/passwd", b"root:x:0:0::/tmp:/bin/sh\nnobody:x:65534:65534::/tmp:/bin/sh\n")
    archive.file("etc/group", b"root:x:0:\nnogroup:x:65534:\n")
    for name, content in files.items():
        archive.file(name, content)
    return archive.bytes()
