"""Files that are replaced as a whole or not at all, in folders that are held open.

What is done in a ``Folder`` goes by its descriptor and follows no symbolic link, so that nobody who may write in one
place of the state directory can have root, or the daemon, write or delete anything elsewhere.
"""

import errno
import fcntl
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from cinestreamd.errors import ConfigurationError

_DRAFT: Final = re.compile(r"\..{1,64}\.[0-9a-f]{12}\.tmp")
"""What something is called while it is being written."""
_EXCHANGE: Final = 2


class Folder:
    """An open folder. What root makes in it belongs to whom the folder belongs to."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    @contextmanager
    def at(cls, path: Path) -> Iterator[Self]:
        """Hold the folder at ``path`` open; ``path`` itself is taken as it is, links included."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield cls(path, descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def enter(self, name: str) -> Iterator["Folder"]:
        """Hold the folder ``name`` in this one open.

        Raises:
            FileNotFoundError: there is none.
            ConfigurationError: it is a link, or no folder.
        """
        try:
            descriptor = os.open(
                name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._descriptor
            )
        except OSError as error:
            raise self._refusal(error, name, "a real folder") from None
        try:
            yield Folder(self.path / name, descriptor)
        finally:
            os.close(descriptor)

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def names(self) -> list[str]:
        """What is in this folder, sorted."""
        return sorted(os.listdir(self._descriptor))  # noqa: PTH208 - a descriptor, which pathlib does not list

    def refuse_links(self) -> None:
        """Refuse a folder in which something is a link.

        Raises:
            ConfigurationError: names the first one.
        """
        with os.scandir(self._descriptor) as entries:
            links = sorted(entry.name for entry in entries if entry.is_symlink())
        if links:
            raise ConfigurationError(place=self.path / links[0], problem="must be a real file, not a link")

    def has(self, name: str) -> bool:
        """Whether there is anything of this name, be it a dangling link."""
        try:
            os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def read(
        self, name: str, *, limit: int = 4_000_000, trust: Callable[[os.stat_result], None] = lambda _: None
    ) -> bytes:
        """The bytes of a regular file. ``trust`` raises if one of that owner and mode is not to be read.

        Raises:
            FileNotFoundError: there is none.
            ConfigurationError: it is a link, no regular file, or larger than ``limit``.
        """
        try:
            descriptor = os.open(
                name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self._descriptor
            )
        except OSError as error:
            raise self._refusal(error, name, "a real file") from None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ConfigurationError(place=self.path / name, problem="is not a regular file")
            trust(status)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                data = file.read(limit + 1)
        finally:
            os.close(descriptor)
        if len(data) > limit:
            raise ConfigurationError(place=self.path / name, problem=f"is larger than {limit} bytes")
        return data

    def write(self, name: str, data: bytes, *, mode: int) -> None:
        """Write beside the file, flush it to the disk, then rename it into place."""
        temporary = f".{name[:64]}.{secrets.token_hex(6)}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(temporary, flags, mode, dir_fd=self._descriptor)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), mode)
                self._give_to_owner(file.fileno())
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.rename(temporary, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        except BaseException:
            os.unlink(temporary, dir_fd=self._descriptor)
            raise
        self.sync()

    @contextmanager
    def make(self, name: str, *, mode: int = 0o700) -> Iterator["Folder"]:
        """Make the folder ``name`` and hold it open.

        Raises:
            FileExistsError: there is something of that name.
        """
        os.mkdir(name, mode, dir_fd=self._descriptor)
        with self.enter(name) as made:
            made.allow(mode)
            self._give_to_owner(made.fileno())
            yield made

    def rename(self, name: str, new: str) -> None:
        """Rename within this folder; what has the new name must not be a folder with content."""
        os.rename(name, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        self.sync()

    def exchange(self, name: str, other: str) -> None:
        """Let two names of this folder change places, at once (renameat2); where a disk cannot, one after the other."""
        import ctypes  # noqa: PLC0415 - only where a folder is replaced

        place = ctypes.c_int(self._descriptor)
        library = ctypes.CDLL(None, use_errno=True)
        if library.renameat2(place, name.encode(), place, other.encode(), ctypes.c_uint(_EXCHANGE)) == 0:
            self.sync()
            return
        number = ctypes.get_errno()
        if number not in {errno.EINVAL, errno.ENOSYS}:
            raise OSError(number, os.strerror(number), name)
        aside = f".{other[:64]}.{secrets.token_hex(6)}.tmp"
        self.rename(other, aside)
        self.rename(name, other)
        self.rename(aside, name)

    def sweep(self) -> None:
        """Delete what processes that were killed have left half done. Nobody else may be writing here."""
        for name in self.names():
            if _DRAFT.fullmatch(name):
                self.remove(name)

    def link(self, name: str, second: str) -> None:
        """Give a file a second name; of a link, the link itself."""
        os.link(name, second, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor, follow_symlinks=False)

    def remove(self, name: str) -> None:
        """Delete a file, a link, or a folder with all its content, if it is there; links are not followed."""
        try:
            status = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return
        if stat.S_ISDIR(status.st_mode):
            shutil.rmtree(name, dir_fd=self._descriptor)
        else:
            os.unlink(name, dir_fd=self._descriptor)

    def give_to(self, user: int, group: int) -> None:
        """Make this folder and all in it another user's; links themselves, never what they lead to."""
        os.fchown(self._descriptor, user, group)
        for name in self.names():
            status = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                with self.enter(name) as inner:
                    inner.give_to(user, group)
            else:
                os.chown(name, user, group, dir_fd=self._descriptor, follow_symlinks=False)

    def open_to_group(self, rights: int) -> None:
        """Give the group these rights (of ``rwx``) to this folder and all in it; files are not made executable."""
        self.allow(stat.S_IMODE(os.fstat(self._descriptor).st_mode) & ~0o070 | rights << 3)
        for name in self.names():
            status = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                with self.enter(name) as inner:
                    inner.open_to_group(rights)
            elif stat.S_ISREG(status.st_mode):
                descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._descriptor)
                try:
                    # By its descriptor: the name may mean something else by now. A mode is not set by O_PATH itself.
                    Path(f"/proc/self/fd/{descriptor}").chmod(
                        stat.S_IMODE(status.st_mode) & ~0o070 | (rights & 0o6) << 3
                    )
                finally:
                    os.close(descriptor)

    @property
    def owner(self) -> tuple[int, int]:
        """The numbers of the user and the group that this folder belongs to."""
        status = os.fstat(self._descriptor)
        return status.st_uid, status.st_gid

    @contextmanager
    def lock(self, name: str, *, how: int = fcntl.LOCK_EX) -> Iterator[None]:
        """Hold the lock file ``name``; waits for whoever holds it, unless ``how`` (as for ``flock``) says otherwise.

        Raises:
            BlockingIOError: somebody holds it, and ``how`` says not to wait.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(name, flags, 0o600, dir_fd=self._descriptor)
        except OSError as error:
            raise self._refusal(error, name, "a real file") from None
        try:
            self._give_to_owner(descriptor)
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)

    def allow(self, mode: int) -> None:
        """Set this folder's own mode."""
        os.fchmod(self._descriptor, mode)

    def sync(self) -> None:
        """Flush the folder's entries, so that a rename or a removal in it outlives a power cut."""
        os.fsync(self._descriptor)

    def _give_to_owner(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        if os.geteuid() == 0 and (status.st_uid, status.st_gid) != self.owner:  # a service may not chown at all
            os.fchown(descriptor, *self.owner)

    def _refusal(self, error: OSError, name: str, wanted: str) -> Exception:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            return ConfigurationError(place=self.path / name, problem=f"must be {wanted}, not a link or anything else")
        if error.errno in {errno.ENOENT, errno.EEXIST}:
            return error
        return ConfigurationError(place=self.path / name, problem=f"cannot be opened ({error.strerror})")


def make_real_folder(path: Path) -> None:
    """Make a folder, open to nobody else, in one that is there; one that is there already must be no link.

    Raises:
        ConfigurationError: it is a link.
        OSError: it cannot be made.
    """
    if path.is_symlink():
        raise ConfigurationError(place=path, problem="must be a real folder, not a link")
    path.mkdir(mode=0o700, exist_ok=True)


def write_file(path: Path, text: str, *, mode: int) -> None:
    """Replace the file at ``path`` as a whole; its folder must exist."""
    write_file_bytes(path, text.encode(), mode=mode)


def write_file_bytes(path: Path, data: bytes, *, mode: int) -> None:
    """The same for bytes."""
    with Folder.at(path.parent) as folder:
        folder.write(path.name, data, mode=mode)
