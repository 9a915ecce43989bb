"""Whether a path lies on a disk that SQLite's write-ahead log can live on.

WAL keeps its index in memory that all processes map (https://www.sqlite.org/wal.html, "all processes using a database
must be on the same host computer"); network file systems and folders shared by a host machine do not offer that.
"""

import re
from pathlib import Path
from typing import Final

from cinestreamd.errors import ConfigurationError
from cinestreamd.i18n import N_

MOUNTINFO: Final = Path("/proc/self/mountinfo")

NETWORK_FILE_SYSTEMS: Final = frozenset(
    {
        *("nfs", "nfs3", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "coda", "9p", "davfs"),
        *("ceph", "glusterfs", "lustre", "beegfs", "orangefs", "pvfs2", "gpfs", "ocfs2", "gfs", "gfs2", "dlmfs"),
        *("vboxsf", "prl_fs", "vmhgfs"),
    }
)
NETWORK_FUSE_SUBTYPES: Final = frozenset(
    {
        *("sshfs", "glusterfs", "ceph", "ceph-fuse", "rclone", "s3fs", "gcsfuse", "davfs", "davfs2", "curlftpfs"),
        *("smbnetfs", "juicefs", "seaweedfs", "moosefs", "mfs", "lizardfs", "goofys", "blobfuse", "blobfuse2"),
        *("vmhgfs-fuse", "afsd", "cephfs"),
    }
)


class NetworkDiskError(ConfigurationError):
    """The database's folder is on a network disk."""

    code = "network_disk"
    message = N_("{path}: on a network disk ({file_system}). WAL needs a local disk; use MONGO_URI")


def refuse_network_disk(path: Path, *, mountinfo: Path = MOUNTINFO) -> None:
    """Do nothing if ``path``, which need not exist, is on a local disk or if the system does not tell its mounts.

    Raises:
        NetworkDiskError: it is on a network disk.
    """
    try:
        table = mountinfo.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return
    kind = file_system_of(path.resolve(), table)
    if kind in NETWORK_FILE_SYSTEMS or kind.removeprefix("fuse.") in NETWORK_FUSE_SUBTYPES:
        raise NetworkDiskError(path=path, file_system=kind)


def file_system_of(path: Path, mountinfo: str) -> str:
    """The type of the file system that holds the absolute ``path``, by a mount table as in proc_pid_mountinfo(5)."""
    best, kind = -1, ""
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) < 5 or not right:
            continue
        mount_point = Path(_unescape(fields[4]))
        # Of two mounts on one point the later one covers the earlier.
        if path.is_relative_to(mount_point) and len(mount_point.parts) >= best:
            best, kind = len(mount_point.parts), right.split(" ")[0]
    return kind


def _unescape(field: str) -> str:
    """Undo the table's octal escapes of space, tab, newline and backslash."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)
