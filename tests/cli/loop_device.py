"""A block device over a file, for tests that need no drive."""

import errno
import fcntl
import os

# linux/loop.h
LOOP_CTL_GET_FREE = 0x4C82
LOOP_SET_FD = 0x4C00
LOOP_CLR_FD = 0x4C01
ATTEMPTS = 20


class LoopDevice:
    """Raises OSError where the machine has none to give."""

    def __init__(self, file):
        for _ in range(ATTEMPTS):
            with open("/dev/loop-control", "rb+", buffering=0) as control:
                number = fcntl.ioctl(control, LOOP_CTL_GET_FREE)
            self.path = f"/dev/loop{number}"
            self.node = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
            try:
                with open(file, "rb+", buffering=0) as backing:
                    fcntl.ioctl(self.node, LOOP_SET_FD, backing.fileno())
                return
            except OSError as error:
                os.close(self.node)
                # Another program was quicker.
                if error.errno != errno.EBUSY:
                    raise
        raise OSError(errno.EBUSY, "every free loop device was taken by somebody else")

    def close(self):
        fcntl.ioctl(self.node, LOOP_CLR_FD, 0)
        os.close(self.node)
