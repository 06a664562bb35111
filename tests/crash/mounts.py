"""File systems that a test mounts and damages.

They are mounted in a mount namespace of this process, so that they disappear with it.
"""

import ctypes
import fcntl
import os
import pathlib
import struct
import subprocess
import unittest

CLONE_NEWNS = 0x00020000
FS_IOC_SHUTDOWN = 0x8004587D
SHUTDOWN_WITHOUT_LOG_FLUSH = 2


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")


def require(*command):
    """Runs a command that not every machine allows; skips the test if it fails."""
    try:
        run(*command)
    except OSError as error:
        raise unittest.SkipTest(f"cannot be done here: {error}") from error


def enter_own_namespace():
    """Skips the test if this process may not mount."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("needs root, to mount file systems")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise unittest.SkipTest(f"may not mount here: {os.strerror(ctypes.get_errno())}")
    require("mount", "--make-rprivate", "/")


class Mounted:
    """A file system at a directory; a context manager.

    with Mounted("/tmp/x", "-t", "tmpfs", "-o", "size=1m", "none"): ...
    """

    def __init__(self, point, *arguments):
        self.point = pathlib.Path(point)
        self.point.mkdir(exist_ok=True)
        self._arguments = arguments
        self._is_mounted = False

    def mount(self):
        require("mount", *self._arguments, self.point)
        self._is_mounted = True
        return self

    def unmount(self):
        run("umount", self.point)
        self._is_mounted = False

    def __enter__(self):
        return self.mount()

    def __exit__(self, *_):
        if self._is_mounted:
            run("umount", "--lazy", self.point)
            self._is_mounted = False


class Ext4Disk(Mounted):
    """An ext4 file system in a file."""

    def __init__(self, image, point, size_bytes=64 << 20):
        super().__init__(point, "-t", "ext4", "-o", "loop", image)
        with open(image, "wb") as file:
            file.truncate(size_bytes)
        require("mkfs.ext4", "-q", image)

    def cut_power(self):
        """From now on nothing reaches the disk; what was not synced is lost with the unmount."""
        directory = os.open(self.point, os.O_RDONLY)
        try:
            fcntl.ioctl(
                directory, FS_IOC_SHUTDOWN, struct.pack("I", SHUTDOWN_WITHOUT_LOG_FLUSH)
            )
        except OSError as error:
            raise unittest.SkipTest(f"ext4 cannot be cut off here: {error}") from error
        finally:
            os.close(directory)
