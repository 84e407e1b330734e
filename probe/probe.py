"""Virtadmin's probe: answers requests on standard input with the text of the kernel's own counters.

It opens no port, keeps nothing, changes nothing (but for the log line of the word `log`) and takes no command:
whoever holds the hub's key can have the answers below and nothing else. The protocol is in probe/README.md of
Virtadmin. Python 3.6 or newer, with the modules of Debian's python3-minimal alone.

    probe.py HUB_NAME [LOG_FILE]
"""
import os
import select
import sys
import time

IDLE = 900  # seconds without a request, after which it ends
LONGEST = 2000  # bytes of a request
LOG_LINES, LOG_TEXT, LOG_FILE_SIZE = 10, 500, 256 * 1024  # a minute; characters; bytes
SAMPLE = ("/proc/stat", "/proc/meminfo", "/proc/loadavg", "/proc/uptime", "/proc/net/dev", "/proc/diskstats",
          "/proc/sys/kernel/random/boot_id", "/proc/pressure/cpu", "/proc/pressure/memory", "/proc/pressure/io")
FACTS = ("/etc/os-release", "/proc/version", "/proc/sys/kernel/hostname", "/sys/class/dmi/id/sys_vendor",
         "/sys/class/dmi/id/product_name")

# What has a disk has a device number like 8:1; a network, pseudo or FUSE file system has one like 0:42.
DISKLESS = (b"btrfs", b"zfs", b"bcachefs", b"ubifs", b"jffs2")  # real ones that have 0 nevertheless
LAYERED = (b"overlay", b"aufs")  # count as the root of a container alone
IMAGES = (b"squashfs", b"iso9660", b"udf", b"erofs", b"cramfs", b"romfs")  # always full, never a worry
SHARED = (b"fuseblk", b"gfs2", b"ocfs2")  # may hang although they have a disk
WALKABLE = DISKLESS + LAYERED + (b"tmpfs", b"devtmpfs", b"ramfs", b"rootfs", b"autofs")  # a path through these never hangs

opened = {}  # the files of the kernel that make a sample, by path; they stay open
newest_table = [b"", []]  # the kernel's mount table as it last was, and the disks found in it
logged = []  # when the newest log lines were written


def read(path, limit=-1):
    """The file's bytes; nothing where it is missing or not to be read."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(limit)
    except OSError:
        return b""


def read_again(path):
    """The same for a text of the kernel's that is made anew for who reads from its beginning: the file stays open."""
    try:
        if path not in opened:
            opened[path] = os.open(path, os.O_RDONLY)
        text = chunk = os.pread(opened[path], 65536, 0)
        while chunk:
            chunk = os.pread(opened[path], 65536, len(text))
            text += chunk
    except OSError:
        return b""
    return text


def printable(text):
    """The text on one line, with a question mark for all that a terminal could take for a command."""
    return "".join(c if c.isprintable() else "?" for c in text.decode("utf-8", "replace")).encode()


def sections(paths, how=read, **more):
    """Headings and texts as `tail -n +1 FILE FILE` prints them; empty texts are left out."""
    parts = [(path, how(path)) for path in paths] + list(more.items())
    text = b"\n".join(b"==> %s <==\n%s" % (name.encode(), text) for name, text in parts if text)
    return text if text.endswith(b"\n") else text + b"\n"


def sample():
    table = read_again("/proc/self/mountinfo")
    if table != newest_table[0]:
        newest_table[:] = table, disks(table)
    mounts = b"".join(map(mount_line, newest_table[1]))
    return sections(SAMPLE, read_again, mounts=mounts, clock=b"%.3f\n" % time.time())


def disks(table):
    """(device, root, mount point, options, type, source) of each real file system in /proc/self/mountinfo, once.

    What is mounted at / comes first, then whole file systems, then parts of one (bind mounts, subvolumes).
    """
    mounts = {}  # by mount point: a mount hides what was mounted there before
    for line in filter(None, table.split(b"\n")):
        left, _, right = line.partition(b" - ")
        device, root, point, options = left.split(b" ")[2:6]
        kind, source, of_all = right.split(b" ")[:3]
        if of_all[:2] == b"ro":  # a file system with errors turns read-only as a whole
            options = b"ro" + options[2:]
        mounts.pop(point, None)
        mounts[point] = device, root, point, options, kind, source or b"-"
    beyond = tuple(m[2] + b"/" for m in mounts.values() if m[2] != b"/" and may_hang(m))
    chosen = {}
    for m in sorted(filter(is_real, mounts.values()), key=lambda m: (m[2] != b"/", m[1] != b"/")):
        single_file = m[1] != b"/" and os.path.isfile(unescape(m[2]))  # containers have /etc/hosts mounted
        if not (m[2].startswith(beyond) or single_file):
            chosen.setdefault(m[0], m)
    return list(chosen.values())


def may_hang(mount):
    return mount[4] in SHARED or (mount[0].startswith(b"0:") and mount[4] not in WALKABLE)


def is_real(mount):
    if mount[0].startswith(b"0:"):
        return mount[4] in DISKLESS or (mount[4] in LAYERED and mount[2] == b"/")
    return mount[4] not in IMAGES + SHARED


def unescape(path):
    """The kernel writes blanks and the like as a backslash and three octal digits."""
    first, *rest = path.split(b"\\")
    return first + b"".join(bytes([int(part[:3], 8)]) + part[3:] for part in rest)


def mount_line(mount):
    device, _, point, options, kind, source = mount
    sizes = inodes = b"- - -"
    try:
        s = os.statvfs(unescape(point))
        sizes = b"%d %d %d" % tuple(n * s.f_frsize // 1024 for n in (s.f_blocks, s.f_blocks - s.f_bfree, s.f_bavail))
        if s.f_files:
            inodes = b"%d %d %d" % (s.f_files, s.f_files - s.f_ffree, s.f_ffree)
    except OSError:
        pass  # not ours to look at
    return b"mount %s\n" % b" ".join((device, kind, source, point, options, sizes, inodes))


def facts():
    first_cpu = read("/proc/cpuinfo", 4096).split(b"\n\n")[0] + b"\n"
    links = b"".join(map(link_line, filter(os.path.isdir, sorted(glob("/sys/class/net")))))
    probe = b"kind python %d.%d.%d\n" % sys.version_info[:3]
    return sections(FACTS, **{"/proc/cpuinfo": first_cpu, "links": links, "probe": probe})


def glob(folder):
    return [folder + "/" + name for name in os.listdir(folder)] if os.path.isdir(folder) else []


def link_line(folder):
    speed, state = read(folder + "/speed").strip(), read(folder + "/operstate").strip()
    kind = b"physical" if os.path.exists(folder + "/device") else b"virtual"
    name = os.path.basename(folder).encode()
    return b"link %s %s %s %s\n" % (name, speed if speed.isdigit() else b"-", state or b"-", kind)


def top():
    start, before = time.monotonic(), processes()
    time.sleep(0.25)  # the message that names them waits for it
    took, now = time.monotonic() - start, processes()
    used = {pid: max(0, now[pid][0] - before.get(pid, (0,))[0]) for pid in now}
    chosen = sorted(filter(used.get, now), key=used.get, reverse=True)[:5]
    chosen += [p for p in sorted(now, key=lambda p: now[p][1], reverse=True)[:5] if p not in chosen]
    lines = [b"process %s %d %d %s\n" % (p.encode(), used[p], now[p][1], printable(now[p][2])) for p in chosen]
    return b"interval %.2f clk_tck %d\n" % (took, os.sysconf("SC_CLK_TCK")) + b"".join(lines)


def processes():
    """By process: clock ticks used so far, KiB of memory, name. Never its arguments: they may hold secrets."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        name, _, rest = read("/proc/%s/stat" % pid).partition(b"(")[2].rpartition(b")")
        fields = rest.split()
        if len(fields) > 21:  # it may have ended meanwhile
            memory = int(fields[21]) * os.sysconf("SC_PAGE_SIZE") // 1024
            found[pid] = int(fields[11]) + int(fields[12]), memory, name
    return found


def log(text):
    """Write the text to the server's own log where a logger listens, else to the log file; say where it went."""
    now = time.monotonic()
    logged[:] = [then for then in logged if now - then < 60]
    if len(logged) >= LOG_LINES:
        raise ValueError("no more than %d log lines a minute" % LOG_LINES)
    logged.append(now)
    line = "%s: %s" % (sys.argv[1], printable(text).decode()[:LOG_TEXT])
    listener = os.path.realpath("/dev/log")
    heard = os.path.exists(listener) and listener.encode() in read("/proc/net/unix")
    if heard and run("logger", "-p", "user.warning", "-t", "virtadmin", "--", line):
        return b"logged journal\n" if "journal" in listener else b"logged syslog\n"
    path = sys.argv[2]
    kept = read(path)[-LOG_FILE_SIZE // 2:] if os.path.exists(path) and os.path.getsize(path) > LOG_FILE_SIZE else None
    with open(path, "ab" if kept is None else "wb") as file:
        file.write(b"%s%s %s\n" % (kept or b"", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()).encode(), line.encode()))
    return b"logged %s\n" % printable(os.fsencode(path))


def run(*words):
    """Run a program without a shell, for two seconds at most; whether it succeeded."""
    child = os.spawnvp(os.P_NOWAIT, words[0], words)
    for _ in range(200):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False


def answer(request):
    word, _, rest = request.partition(b" ")
    try:
        if len(request) > LONGEST:
            raise ValueError("a request has %d bytes at most" % LONGEST)
        if word == b"log" and rest.strip():
            text = log(rest)
        elif request in WORDS:
            text = WORDS[request]()
        else:
            raise ValueError("the known words are: sample, facts, top, log TEXT")
    except Exception as error:  # whatever happened, the hub hears of it and may ask again
        word, text = b"error", b"error %s\n" % printable(str(error).encode())
    return b"virtadmin-probe 1 %s\n%svirtadmin-probe end\n" % (word, text)


WORDS = {b"sample": sample, b"facts": facts, b"top": top}


def requests():
    """The lines of standard input, until it ends or nobody asks any more."""
    rest = b""
    while select.select([0], [], [], IDLE)[0]:
        chunk = os.read(0, 4096)
        if not chunk:
            return
        *lines, rest = (rest + chunk).split(b"\n")
        rest = rest[:LONGEST + 1]  # a line without an end takes no memory
        yield from lines


def main():
    if "SSH_ORIGINAL_COMMAND" in os.environ:
        sys.stderr.write("virtadmin: this key runs the probe and nothing else\n")
        return 126
    if len(sys.argv) < 2:
        sys.stderr.write("usage: probe.py HUB_NAME [LOG_FILE]\n")
        return 2
    if len(sys.argv) == 2:
        sys.argv.append(os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "virtadmin.log"))
    try:
        for request in requests():
            text = answer(request)
            while text:
                text = text[os.write(1, text):]
    except (BrokenPipeError, KeyboardInterrupt):
        pass  # nobody listens any more
    return 0


if __name__ == "__main__":
    sys.exit(main())
