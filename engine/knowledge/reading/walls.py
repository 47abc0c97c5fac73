"""The walls around the process that parses: what it can no longer do, once ``limit`` and ``lock`` were called in it.

No root is needed.  Memory, computing time, files and processes are limited by ``setrlimit``; a system call filter
(seccomp) refuses network, other programs, other processes and every way of writing to disk; Landlock leaves only the
directories of Python's own libraries readable.  Each wall holds for the rest of the process's life.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

MEMORY = 1 << 30  # bytes of address space: SECURITY 3d; two such processes at most stand beside the bot
CPU_S = 30  # seconds of computing for one file: SECURITY 3d; 100 PDF pages of 3,400 characters took 2.5 on a busy core
WALL_S = 60  # seconds for one file; with the start of a process, the queue and one more try it ends within 90
_OPEN_FILES = 64  # a library that is imported late opens a few at a time

_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS = 1, 38
_WRITING = 0o1 | 0o2 | 0o100 | 0o1000 | 0o2000 | 0o20000000  # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_TMPFILE
#: System calls that are refused, by name: (number on x86-64, on aarch64), None where there is none.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # the network, and everything else that is a socket
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    "recvfrom": (45, 207), "recvmsg": (47, 212), "recvmmsg": (299, 243),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    # other programs and processes
    "fork": (57, None), "vfork": (58, None), "clone": (56, 220), "execve": (59, 221), "execveat": (322, 281),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "setrlimit": (160, 164), "prlimit64": (302, 261),
    # writing to disk
    "creat": (85, None), "truncate": (76, 45), "ftruncate": (77, 46), "fallocate": (285, 47), "rename": (82, None),
    "renameat": (264, 38), "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None),
    "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36), "unlink": (87, None),
    "unlinkat": (263, 35), "mknod": (133, None), "mknodat": (259, 33), "chmod": (90, None), "fchmod": (91, 52),
    "fchmodat": (268, 53), "chown": (92, None), "lchown": (94, None), "fchown": (93, 55), "fchownat": (260, 54),
    "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    # the system
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "memfd_create": (319, 279),
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
}  # fmt: skip
#: Answered as if the kernel were too old: their flags stand in memory, where a filter cannot look.
_UNKNOWN: dict[str, tuple[int | None, int | None]] = {"openat2": (437, 437), "clone3": (435, 435)}
_OPEN: tuple[tuple[int | None, int | None, int], ...] = (
    (2, None, 1),
    (257, 56, 2),
)  # open, openat: argument of the flags
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}


def limit() -> None:
    """Limits of the whole process: memory, computing, files, no core dumps, no writing beyond pipes."""
    for what, wanted in (
        (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES), (resource.RLIMIT_CPU, 40 * CPU_S),
    ):  # fmt: skip
        _, hard = resource.getrlimit(what)
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(what, (most, most))


def start_clock() -> None:
    """From now on this process lives for the time of one file, by computing and by the clock; called for each."""
    signal.setitimer(signal.ITIMER_PROF, CPU_S)
    signal.setitimer(signal.ITIMER_REAL, WALL_S)


def stop_clock() -> None:
    """The file is read."""
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)


def lock(readable: Iterable[str]) -> list[str]:
    """Build the walls that the kernel has; returns the names of those that hold: network, programs, writing, reading.

    Args:
        readable: directories that stay readable, beside Python's own.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    held = []
    if libc.prctl(38, 1, 0, 0, 0) == 0:  # PR_SET_NO_NEW_PRIVS
        libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: others of the same user cannot look inside, nor it at them
        if _landlock(libc, [*readable, *_python()]):
            held.append("reading")
        if _filter(libc):
            held += ["network", "programs", "writing"]
    if "network" not in held and libc.unshare(0x10000000 | 0x40000000) == 0:  # CLONE_NEWUSER | CLONE_NEWNET
        held.append("network")
    return held


def _python() -> list[str]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    libraries = [path for name in names if (path := sysconfig.get_path(name))]
    return [*libraries, *(p for p in sys.path if p.endswith("-packages")), "/lib", "/lib64", "/usr/lib", "/usr/lib64"]


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def _filter(libc: ctypes.CDLL) -> bool:
    """Install the filter of system calls; False where the kernel or the machine has none."""
    machine = _ARCHITECTURES.get(platform.machine())
    if machine is None or sys.maxsize < 2**32:
        return False
    architecture, column = machine
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    refused = [(give, 0, 0, _ERRNO | _EPERM)]
    program: list[tuple[int, int, int, int]] = [
        (load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, _KILL), (load, 0, 0, 0),
        (at_least, 0, 1, 0x40000000), *refused,  # the x32 way to call
    ]  # fmt: skip
    for numbers, answer in ((_REFUSED, _EPERM), (_UNKNOWN, _ENOSYS)):
        for pair in numbers.values():
            if (number := pair[column]) is not None:
                program += [(equal, 0, 1, number), (give, 0, 0, _ERRNO | answer)]
    for on_x86, on_arm, argument in _OPEN:
        if (number := (on_x86, on_arm)[column]) is not None:
            program += [
                (equal, 0, 4, number), (load, 0, 0, 16 + 8 * argument), (any_bit, 0, 1, _WRITING), *refused,
                (give, 0, 0, _ALLOW),
            ]  # fmt: skip
    program.append((give, 0, 0, _ALLOW))
    instructions = (_Instruction * len(program))(*(_Instruction(*one) for one in program))
    whole = _Program(len(program), instructions)
    return bool(libc.prctl(22, 2, ctypes.addressof(whole), 0, 0) == 0)  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("directory", ctypes.c_int32))


def _landlock(libc: ctypes.CDLL, readable: Iterable[str]) -> bool:
    """Leave only ``readable`` readable and nothing writable; False where the kernel has no Landlock."""
    create, add, restrict = 444, 445, 446  # on every architecture
    version = libc.syscall(create, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    bits = {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)  # rights on files that this kernel knows
    rights = (ctypes.c_uint64 * 3)((1 << bits) - 1, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(create, rights, ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    try:
        for path in {str(Path(path).resolve()) for path in readable}:
            try:
                directory = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                rule = _Beneath(1 << 2 | 1 << 3, directory)  # read files, list directories
                libc.syscall(add, ruleset, 1, ctypes.byref(rule), 0)
            finally:
                os.close(directory)
        return bool(libc.syscall(restrict, ruleset, 0) == 0)
    finally:
        os.close(ruleset)
