"""The first thing that runs in a sandboxed process: it takes rights away and then becomes the program.

Enters: folder, seconds, megabytes, megabytes a file, processes, path of the program (the command line).  Run by its
path and isolated (`python -I -S`), so it imports the standard library alone and nothing of this package.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import runpy
import stat
import struct
import sys

__all__ = ["landlock_version", "main"]

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""System calls, of the same numbers on all architectures."""
VERSION_FLAG = 1
PATH_BENEATH = 1
NO_NEW_PRIVILEGES = 38
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
FIRST_RIGHTS = (1 << 13) - 1
"""Rights over files of the first version; each later one adds some."""
REFER, TRUNCATE = 1 << 13, 1 << 14
READ = EXECUTE | READ_FILE | READ_DIR


def landlock_version() -> int:
    """Version of Landlock that the kernel offers; 0: none."""
    if platform.system() != "Linux":
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(CREATE_RULESET, None, 0, VERSION_FLAG)))


def restrict_files(folder: str) -> None:
    """Let this process read the Python installation and system libraries, and write one folder; nothing else."""
    version = landlock_version()
    if version == 0:
        return
    rights = FIRST_RIGHTS | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    libc = ctypes.CDLL(None, use_errno=True)
    handled = struct.pack("Q", rights)
    rules = libc.syscall(CREATE_RULESET, handled, len(handled), 0)
    if rules < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    readable = {
        "/usr",
        "/lib",
        "/lib64",
        "/bin",
        "/etc/ld.so.cache",
        "/dev/urandom",
        sys.prefix,
        sys.base_prefix,
    }
    allowed = [(path, READ) for path in sorted(readable)]
    allowed += [("/dev/null", READ_FILE | WRITE_FILE), (folder, rights)]
    for path, granted in allowed:
        try:
            opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        of_files = EXECUTE | WRITE_FILE | READ_FILE
        rule = struct.pack("=Qi", granted if stat.S_ISDIR(os.fstat(opened).st_mode) else granted & of_files, opened)
        if libc.syscall(ADD_RULE, rules, PATH_BENEATH, rule, 0) != 0:
            raise OSError(ctypes.get_errno(), f"landlock_add_rule {path}")
        os.close(opened)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0 or libc.syscall(RESTRICT_SELF, rules, 0) != 0:
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    os.close(rules)


def limit(seconds: float, megabytes: int, file_megabytes: int, processes: int) -> None:
    """Limits of the process and of those that it starts."""
    whole = int(seconds) + 1
    for kind, value in (
        (resource.RLIMIT_CPU, whole),
        (resource.RLIMIT_AS, megabytes * 2**20),
        (resource.RLIMIT_FSIZE, file_megabytes * 2**20),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        kept = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (kept, kept))
        except (ValueError, OSError):
            # macOS refuses some limits; on Linux a program without its limits must not run.
            if platform.system() == "Linux":
                raise


def main() -> None:
    folder, seconds, megabytes, file_megabytes, processes, program = sys.argv[1:]
    os.chdir(folder)
    limit(float(seconds), int(megabytes), int(file_megabytes), int(processes))
    restrict_files(folder)
    sys.argv = [program]
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
