#!/bin/sh
# What a database server does at its first start: a file system on the data volume, where it has none yet, and its place.
set -eu
device=/dev/vdb
waited=0
# The volume is attached once the server runs.
while [ ! -b "$device" ] && [ "$waited" -lt 300 ]; do
    sleep 5
    waited=$((waited + 5))
done
if ! blkid "$device" >/dev/null; then
    mkfs.xfs -L database "$device"
fi
mkdir -p /var/lib/database
echo "LABEL=database /var/lib/database xfs defaults,nofail 0 2" >>/etc/fstab
mount /var/lib/database
