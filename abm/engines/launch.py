"""Turns into an engine: dies with its parent, and stops being root on the way. A script; standard library only.

`launch.py MODE SIGNAL FOLDER COMMAND...`: SIGNAL is what the kernel sends when the parent ends, MODE one of
`plain`    stay who we are,
`mapped`   root outside looks like an ordinary user inside a user namespace, and still reaches what root reaches,
`uid:N`    really become user N, where namespaces are forbidden.
"""

import ctypes
import os
import struct
import sys
from itertools import pairwise

CANNOT_LAUNCH = 78  # the exit code of a wrong set-up; engines themselves do not use it
INSIDE_UID = 1000  # any uid that is not root satisfies PostgreSQL; its true owner, if there is one, swaps to 0

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
# Root crosses folders of other users; inside the namespace these two keep that, for exactly this process tree.
KEPT_CAPABILITIES = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH

libc = ctypes.CDLL(None, use_errno=True)


def main(mode: str, farewell: int, folder: str, command: list[str]) -> None:
    """Become the command, or say on stderr why not."""
    parent = os.getppid()
    try:
        become(mode)
        os.chdir(folder)
        die_with(parent, farewell)
        os.execv(command[0], command)
    except OSError as error:
        print(f"cannot start {command[0]} in {folder}: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(CANNOT_LAUNCH) from error


def become(mode: str) -> None:
    """Give up being root in the way asked for."""
    if mode == "mapped":
        enter_namespace()
        keep_reach()
    elif mode.startswith("uid:"):
        uid = int(mode.removeprefix("uid:"))
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)


def enter_namespace() -> None:
    """A user namespace in which root's number is an ordinary one."""
    waiting, go = os.pipe()
    # Only a process that stayed outside may map more than one uid, so a short-lived child does it for us.
    child = os.fork()
    if child == 0:
        os.close(go)
        os.read(waiting, 1)
        os._exit(write_maps(os.getppid()))
    try:
        check(libc.unshare(CLONE_NEWUSER))
    finally:
        os.close(go)
        status = os.waitpid(child, 0)[1]
    if status != 0:
        map_only_myself()


def write_maps(pid: int) -> int:
    """Map every uid and gid to itself, with root's and the ordinary one swapped."""
    try:
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{pid}/{name}", "w") as file:
                file.write(swapped(f"/proc/self/{name}"))
    except OSError:
        return 1
    return 0


def swapped(path: str) -> str:
    """The map of the namespace we are in, as lines of `inside outside count`."""
    lines = []
    with open(path) as file:
        for start, _, count in (map(int, line.split()) for line in file):
            lines += identity_without(start, start + count)
            lines += [f"{INSIDE_UID} 0 1"] if start == 0 else []
            lines += [f"0 {INSIDE_UID} 1"] if start <= INSIDE_UID < start + count else []
    return "\n".join(lines) + "\n"


def identity_without(start: int, end: int) -> list[str]:
    """Lines that map a range to itself, leaving out the two uids that are swapped."""
    cuts = sorted({start, end, *(c for uid in (0, INSIDE_UID) for c in (uid, uid + 1) if start <= c <= end)})
    return [f"{low} {low} {high - low}" for low, high in pairwise(cuts) if low not in (0, INSIDE_UID)]


def map_only_myself() -> None:
    """The map everybody may write; enough while all folders on the way belong to root."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{INSIDE_UID} 0 1"), ("gid_map", f"{INSIDE_UID} 0 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def keep_reach() -> None:
    """Let the capabilities to cross folders survive the exec; without them only root's own folders are reachable."""
    mask = sum(1 << capability for capability in KEPT_CAPABILITIES)
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    check(libc.capset(header, struct.pack("6I", mask, mask, mask, 0, 0, 0)))
    for capability in KEPT_CAPABILITIES:
        check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0))


def die_with(parent: int, farewell: int) -> None:
    """Ask the kernel to end us when the parent ends. Set last, because a change of identity clears it."""
    check(libc.prctl(PR_SET_PDEATHSIG, farewell, 0, 0, 0))
    if os.getppid() != parent:
        raise OSError("the parent ended meanwhile")


def check(result: int) -> None:
    """Turn C's -1 into an OSError."""
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:])
