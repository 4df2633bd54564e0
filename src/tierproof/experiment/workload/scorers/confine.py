"""The first thing that runs in a sandboxed process: it takes rights away and then becomes the program.

Enters: one JSON object on a file descriptor (the command line names it): folder, limits, the program, its tests; and,
left unread behind it, what makes the sign of passing whole.  Leaves: that sign, on another descriptor, after the tests.
Run by its path and isolated (`python -I -S`), so it imports the standard library alone and nothing of this package.
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import importlib
import itertools
import json
import os
import platform
import resource
import stat
import struct
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["SEALED", "landlock_version", "main", "seal"]

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""System calls, of the same numbers on all architectures."""
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41}
CAPSET = {"x86_64": 126, "aarch64": 91, "riscv64": 91}
VERSION_FLAG = 1
PATH_BENEATH = 1
NO_NEW_PRIVILEGES = 38
CAPABILITY_VERSION = 0x20080522
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
FIRST_RIGHTS = (1 << 13) - 1
"""Rights over files of the first version; each later one adds some."""
REFER, TRUNCATE = 1 << 13, 1 << 14
READ = EXECUTE | READ_FILE | READ_DIR
READ_ONLY, NO_SUID, NO_DEVICES, NO_EXECUTION, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
NO_ACCESS_TIME, NO_DIRECTORY_TIME, RELATIVE_TIME, DETACH = 1024, 2048, 1 << 21, 2
SEALED = 97
"""Exit status where the folder could not be sealed off although that was asked for."""
TESTS = "<tests>"
DEEPEST, MOST_MEMBERS = 4, 10_000
"""Of what is looked at in lists of what a program gives back."""
HALF = 16
"""Bytes of each half of the sign."""
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")


def landlock_version() -> int:
    """Version of Landlock that the kernel offers; 0: none."""
    if platform.system() != "Linux":
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(CREATE_RULESET, None, 0, VERSION_FLAG)))


def readable() -> list[str]:
    """What a program must be able to read: the system's libraries and this Python."""
    return sorted({*SYSTEM, sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parent)})


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
    allowed = [(path, READ) for path in (*readable(), *DEVICES[1:])]
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


def seal(folder: str, megabytes: int) -> str:
    """Make the folder the root of all that this process sees, and give the path of the folder in which it may write.

    Needs a mount namespace of its own.  What is left is the system's libraries and this Python, read-only, and a file
    system of so many megabytes in memory: files elsewhere, with their modes, times, owners and sockets, are not there.
    Afterwards no capability is left with which to mount anything.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    machine = platform.machine()

    def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
        arguments = (source.encode(), target.encode(), kind.encode() if kind else None, ctypes.c_ulong(flags))
        if libc.mount(*arguments, data.encode() or None) != 0:
            raise OSError(ctypes.get_errno(), f"mount {target}")

    mount("none", "/", None, RECURSIVE | PRIVATE)
    mount("tmpfs", folder, "tmpfs", NO_SUID | NO_DEVICES, f"size={megabytes}m,nr_inodes=65536,mode=755")
    for path in readable():
        _bound(mount, Path(path), Path(folder + path), NO_SUID | NO_DEVICES)
    for path in DEVICES:
        _bound(mount, Path(path), Path(folder + path), NO_SUID | NO_EXECUTION)
    Path(folder + "/proc").mkdir()
    # Where the machine's own is partly hidden, as in containers, programs do without.
    with contextlib.suppress(OSError):
        mount("proc", folder + "/proc", "proc", NO_SUID | NO_DEVICES | NO_EXECUTION)
    work, old = "/tierproof", "/.old"
    Path(folder + work).mkdir()
    Path(folder + old).mkdir()
    if libc.syscall(PIVOT_ROOT[machine], folder.encode(), (folder + old).encode()) != 0:
        raise OSError(ctypes.get_errno(), "pivot_root")
    os.chdir("/")
    if libc.umount2(old.encode(), DETACH) != 0:
        raise OSError(ctypes.get_errno(), "umount")
    Path(old).rmdir()
    header = struct.pack("Ii", CAPABILITY_VERSION, 0)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0 or libc.syscall(CAPSET[machine], header, bytes(24)) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    return work


def _bound(mount: Callable[[str, str, str | None, int], None], path: Path, target: Path, flags: int) -> None:
    """Show a file or folder at another place, read-only; a link is made again."""
    if os.path.lexists(target) or not os.path.lexists(path):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        target.symlink_to(path.readlink())
        return
    if path.is_dir():
        target.mkdir()
    else:
        target.touch(0o600)
    mount(str(path), str(target), None, BIND | RECURSIVE)
    # Flags that the mount has already may not be taken off it.
    kept = os.statvfs(target).f_flag
    for held, flag in ((1, READ_ONLY), (2, NO_SUID), (4, NO_DEVICES), (8, NO_EXECUTION), (1024, NO_ACCESS_TIME)):
        flags |= flag if kept & held else 0
    flags |= NO_DIRECTORY_TIME if kept & 2048 else 0
    flags |= RELATIVE_TIME if kept & 4096 else 0
    mount(str(path), str(target), None, REMOUNT | BIND | READ_ONLY | flags)


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


def _read(descriptor: int, length: int) -> bytes:
    parts = b""
    while len(parts) < length:
        part = os.read(descriptor, length - len(parts))
        if not part:
            raise OSError("the order was cut off")
        parts += part
    return parts


def _run(source: str, name: str, path: str) -> types.ModuleType:
    """Run a program as the module of a name."""
    module = types.ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    exec(compile(source, path, "exec"), module.__dict__)
    return module


def plain(value: Any, depth: int = 0) -> Any:
    """A value that tests compare.  Raises AssertionError for one that a program made to be equal to everything."""
    kind = type(value)
    if kind in (list, tuple, set, frozenset, dict) and depth < DEEPEST:
        members = value.values() if kind is dict else value
        for member in itertools.islice(members, MOST_MEMBERS):
            plain(member, depth + 1)
        return value
    written = getattr(kind.__eq__, "__code__", None) or getattr(kind.__ne__, "__code__", None)
    if written is None or written.co_filename == TESTS:
        return value
    try:
        lies = bool(value == object()) or not value.__ne__(object())
    except Exception:
        # Such as of arrays, which have no truth of their own.
        return value
    if lies:
        raise AssertionError("what the program gives back is equal to whatever it is compared with")
    return value


def _put_back(tests: str) -> Callable[[], None]:
    """Puts back what a program may have changed of Python that its tests call."""
    held: list[tuple[Any, dict[str, Any]]] = [(builtins, dict(vars(builtins)))]
    if "unittest" in tests:
        case = importlib.import_module("unittest").TestCase
        held.append((case, {name: value for name, value in vars(case).items() if callable(value)}))

    def back() -> None:
        for place, values in held:
            for name, value in values.items():
                if vars(place).get(name) is not value:
                    setattr(place, name, value)

    return back


def main() -> None:
    incoming, outgoing = int(sys.argv[1]), int(sys.argv[2])
    order = json.loads(_read(incoming, int.from_bytes(_read(incoming, 8), "big")))
    half = _read(incoming, HALF)
    os.set_inheritable(incoming, False)
    os.set_inheritable(outgoing, False)
    folder = order["folder"]
    if order["seal"]:
        try:
            folder = seal(folder, order["disk_megabytes"])
        except (OSError, KeyError):
            os._exit(SEALED)
    os.chdir(folder)
    limit(order["seconds"], order["megabytes"], order["file_megabytes"], order["processes"])
    restrict_files(folder)
    path = f"{folder}/program.py"
    Path(path).write_text(order["program"], encoding="utf-8", errors="replace")
    sys.argv = [path]
    sys.path.append(folder)
    if order["tests"] is None:
        _run(order["program"], "__main__", path)
        return
    for name in order["names"]:
        sys.modules.setdefault(name, sys.modules["__main__"])
    put_back = _put_back(order["tests"])
    module = _run(order["program"], "program", path)
    put_back()
    for name in order["names"]:
        sys.modules[name] = module
    checks = [0]

    def checked(value: object = None) -> object:
        checks[0] += 1
        return value

    module.__dict__.update(__checked__=checked, __plain__=plain)
    exec(compile(order["tests"], TESTS, "exec"), module.__dict__)
    if checks[0]:
        sign = bytes(one ^ other for one, other in zip(half, _read(incoming, HALF), strict=True))
        os.write(outgoing, sign)
    else:
        sys.stderr.write("the tests ended without a check\n")


if __name__ == "__main__":
    main()
