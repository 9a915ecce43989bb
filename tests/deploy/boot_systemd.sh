#!/bin/sh
# Boots a systemd of its own over a copy of this machine's files that is thrown away with it:
# boot_systemd.sh CGROUP PYTHON PACKAGES PROGRAM
#
# To be called by unshare --mount --pid --uts --ipc --fork. Whatever it writes goes to memory. It shares the network with
# the machine, and nothing else: neither devices nor the kernel's variables, and it starts none of the machine's services.
set -eu
cgroup=$1 python=$2 packages=$3 program=$4

mount -t tmpfs -o mode=0755 none /mnt
mkdir /mnt/above /mnt/work /mnt/root /mnt/cgroup
mount -t cgroup2 none /mnt/cgroup
mkdir "/mnt/cgroup/$cgroup"
echo $$ > "/mnt/cgroup/$cgroup/cgroup.procs"
mount -t overlay none -o lowerdir=/,upperdir=/mnt/above,workdir=/mnt/work /mnt/root
root=/mnt/root

# The program, where a service user may read it.
mkdir -p $root/opt/program/python $root/opt/program/site-packages
mount --bind "$python" $root/opt/program/python
mount --bind "$packages" $root/opt/program/site-packages
cp "$program" $root/opt/program/cinestreamd
cat > $root/usr/bin/cinestreamd <<'END'
#!/bin/sh
PYTHONPATH=/opt/program/site-packages PYTHONDONTWRITEBYTECODE=1 LD_LIBRARY_PATH=/opt/program/python/lib
export PYTHONPATH PYTHONDONTWRITEBYTECODE LD_LIBRARY_PATH
exec /opt/program/python/bin/python3 -s -P /opt/program/cinestreamd "$@"
END
chmod 755 $root/usr/bin/cinestreamd

# Nothing of this machine is started or mounted.
rm -rf $root/etc/fstab $root/etc/systemd/system $root/run/systemd $root/lib/systemd/system-generators/* \
    $root/lib/systemd/system/*.wants $root/var/lib/cinestreamd* $root/etc/cinestreamd
mkdir -p $root/etc/systemd/system $root/lib/systemd/system/sysinit.target.wants
ln -s ../systemd-journald.service $root/lib/systemd/system/sysinit.target.wants/

mount -t proc proc $root/proc
mount -t sysfs -o ro sysfs $root/sys
for folder in run tmp dev; do mount -t tmpfs -o mode=0755 none $root/$folder; done
chmod 1777 $root/tmp
for device in null zero full random urandom tty; do
    touch $root/dev/$device
    mount --bind /dev/$device $root/dev/$device
done
mkdir $root/dev/shm $root/dev/pts
mount -t tmpfs -o mode=1777 none $root/dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts $root/dev/pts
ln -s pts/ptmx $root/dev/ptmx
ln -s /proc/self/fd $root/dev/fd
mkdir $root/former
exec unshare --cgroup sh -eu -c '
    mount -t tmpfs -o mode=0755 none '$root'/sys/fs/cgroup 2>/dev/null || true
    mount -t cgroup2 none '$root'/sys/fs/cgroup
    cd '$root'
    mount --bind proc/sys proc/sys
    mount -o remount,bind,ro proc/sys
    pivot_root . former
    umount -l /former
    export container=other
    exec /lib/systemd/systemd --system --unit=basic.target --log-target=journal --show-status=0 < /dev/null
'
