"""Filters of system calls, put in before a program starts: refused as in containers, or broken."""

import ctypes
import errno
import os
import platform
import struct

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ALLOW = 0x7FFF0000
SECCOMP_RET_ERRNO = 0x00050000
IO_URING_SETUP, IO_URING_ENTER, CLOSE_RANGE = 425, 426, 436  # the same on every architecture
# Classic BPF: load a word at an absolute offset, jump if equal or if a bit is set, return.
LOAD_WORD, JUMP_IF_EQUAL, JUMP_IF_ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
# Where a filter finds the low word of the fourth argument, on a little-endian machine.
FLAGS_OFFSET = 40
IORING_ENTER_EXT_ARG = 8
LIBC = ctypes.CDLL(None, use_errno=True)


def refuse_io_uring():
    """To be run as preexec_fn: io_uring_setup fails with EPERM from now on."""
    install((JUMP_IF_EQUAL, 0, 1, IO_URING_SETUP),
            (RETURN, 0, 0, SECCOMP_RET_ERRNO | errno.EPERM))


def break_waiting():
    """To be run as preexec_fn: a ring opens and takes reads, but to wait with a timeout is EIO."""
    install((JUMP_IF_EQUAL, 0, 3, IO_URING_ENTER),
            (LOAD_WORD, 0, 0, FLAGS_OFFSET),
            (JUMP_IF_ANY_BIT, 0, 1, IORING_ENTER_EXT_ARG),
            (RETURN, 0, 0, SECCOMP_RET_ERRNO | errno.EIO))


def refuse_close_range():
    """To be run as preexec_fn: close_range fails with EPERM from now on."""
    install((JUMP_IF_EQUAL, 0, 1, CLOSE_RANGE),
            (RETURN, 0, 0, SECCOMP_RET_ERRNO | errno.EPERM))


def install(*judgement):
    """Filters with these instructions, which find the number of the system call loaded."""
    instructions = b"".join(struct.pack("=HBBI", *fields) for fields in (
        (LOAD_WORD, 0, 0, 0), *judgement, (RETURN, 0, 0, SECCOMP_RET_ALLOW)))
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    program = struct.pack("@HP", len(instructions) // 8, ctypes.addressof(buffer))
    if LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_NO_NEW_PRIVS")
    if LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_char_p(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_SECCOMP")


def available():
    """Whether a child process can install the filter and goes on living with it."""
    if platform.system() != "Linux":
        return False
    child = os.fork()
    if child == 0:
        try:
            refuse_io_uring()
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
