"""Network disks are told from local ones by the table of mounts."""

from pathlib import Path

import pytest

from cinestreamd.errors import ConfigurationError
from cinestreamd.store.sqlite import NetworkDiskError, prepare
from cinestreamd.store.sqlite.disk import file_system_of, refuse_network_disk

MOUNTS = """\
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
23 22 0:21 / /proc rw,nosuid shared:12 - proc proc rw
30 22 0:40 / /srv rw,relatime shared:20 - nfs4 nas:/export rw,vers=4.2
31 30 254:2 / /srv/local rw,relatime shared:21 - xfs /dev/vdb rw
32 22 0:41 / /mnt/with\\040space rw - fuse.sshfs me@host:/ rw
33 22 254:3 / /over rw - ext4 /dev/vdc rw
34 33 0:42 / /over rw shared:5 master:6 - cifs //nas/share rw
35 22 0:43 / /media/usb rw - fuse.ntfs-3g /dev/sdb1 rw
36 22 0:44 / /mnt/c rw - 9p drvfs rw
this line is not of that form
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/cinestreamd", "ext4"),
        ("/", "ext4"),
        ("/srv/cinestreamd/data", "nfs4"),
        ("/srv/local/cinestreamd", "xfs"),
        ("/srv/localized", "nfs4"),
        ("/srvice", "ext4"),
        ("/mnt/with space/site", "fuse.sshfs"),
        ("/over/data", "cifs"),
        ("/media/usb/x", "fuse.ntfs-3g"),
        ("/mnt/c/Users", "9p"),
    ],
)
def test_the_innermost_and_latest_mount_holds_a_path(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind


@pytest.mark.parametrize(
    "kind",
    ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph"],
)
def test_a_network_disk_is_refused_in_one_line_before_anything_is_made(tmp_path: Path, kind: str) -> None:
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(f"22 1 254:1 / / rw - ext4 /dev/vda1 rw\n30 22 0:40 / {tmp_path}/net rw - {kind} nas rw\n")
    path = tmp_path / "net" / "data" / "cinestreamd.sqlite"
    with pytest.raises(NetworkDiskError) as caught:
        prepare(path, mountinfo=mountinfo)
    assert str(caught.value) == f"{path}: on a network disk ({kind}). WAL needs a local disk; use MONGO_URI"
    assert isinstance(caught.value, ConfigurationError)
    assert not (tmp_path / "net").exists()


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "f2fs", "fuse.ntfs-3g"])
def test_a_local_disk_is_taken(tmp_path: Path, kind: str) -> None:
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(f"22 1 254:1 / / rw - {kind} /dev/vda1 rw\n")
    path = tmp_path / "cinestreamd.sqlite"
    prepare(path, mountinfo=mountinfo)
    assert path.is_file()


def test_a_link_to_a_network_disk_is_followed(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "net")
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(f"22 1 254:1 / / rw - ext4 /dev/vda1 rw\n30 22 0:40 / {tmp_path}/net rw - nfs nas rw\n")
    with pytest.raises(NetworkDiskError):
        refuse_network_disk(tmp_path / "data" / "cinestreamd.sqlite", mountinfo=mountinfo)


def test_a_system_that_does_not_tell_its_mounts_is_trusted(tmp_path: Path) -> None:
    prepare(tmp_path / "cinestreamd.sqlite", mountinfo=tmp_path / "missing")
    assert (tmp_path / "cinestreamd.sqlite").is_file()
