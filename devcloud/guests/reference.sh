#!/bin/sh
# The reference application, as user data of a guest: a writer on a data volume and a page that shows how far it is.
# Once installed it starts at every boot. devcloud/guests/reference.py checks what it wrote.
mkdir -p /srv/www/cgi-bin /mnt/data

cat > /usr/sbin/writer <<'WRITER'
#!/bin/sh
# Appends a line every 100 ms: a number, the seconds since the boot, and the checksum of both. Each is on the disk before
# the next is begun, so that whoever stops the guest, moves it or copies its volume can prove that none is lost.
log=/mnt/data/lines
until [ -b /dev/vdb ]; do
    sleep 0.2
done
mount -t ext4 /dev/vdb /mnt/data 2>/dev/null || { mke2fs -q /dev/vdb > /dev/null && mount -t ext4 /dev/vdb /mnt/data; }
number=$(tail -n 1 "$log" 2>/dev/null | cut -d ' ' -f 1)
number=${number:-0}
while true; do
    number=$((number + 1))
    read -r seconds idle < /proc/uptime
    sum=$(printf '%s' "$number $seconds" | sha256sum)
    echo "$number $seconds ${sum%% *}" | dd of="$log" oflag=append conv=notrunc,fsync 2> /dev/null
    sleep 0.1
done
WRITER

cat > /srv/www/cgi-bin/page <<'PAGE'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
echo "host $(hostname)"
echo "boot $(cat /proc/sys/kernel/random/boot_id)"
echo "line $(tail -n 1 /mnt/data/lines)"
PAGE

cat > /etc/rc.local <<'START'
#!/bin/sh
/usr/sbin/writer < /dev/null > /dev/null 2>&1 &
START
chmod 755 /usr/sbin/writer /srv/www/cgi-bin/page /etc/rc.local
