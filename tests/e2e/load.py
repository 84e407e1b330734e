"""A real host under a load that it alone sees.

Hosts of the tests share this machine's kernel, and so its processor. What lxcfs does for containers is done here by a
few lines: the host's own /proc/stat counts what its process "burner" uses of two processors, and nothing else.
"""

from tests.hosts.maker import Host
from tests.running.hub import until

OWN_STAT = """
import glob, os, time
file = os.open("/run/own-stat", os.O_RDWR | os.O_CREAT)
busy, idle, last, before = 1e11, 1e11, time.monotonic(), {}  # as many digits as long as it runs
while True:
    used = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as text:
                name, _, rest = text.read().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if name == "burner":
            fields = rest.split()
            used[path] = int(fields[11]) + int(fields[12])
    now = time.monotonic()
    more = sum(max(0, ticks - before.get(path, 0)) for path, ticks in used.items())
    busy, idle = busy + more, idle + max(0.0, (now - last) * 200 - more)
    last, before = now, used
    line = "%d 0 0 %d 0 0 0 0 0 0" % (busy, idle)
    os.pwrite(file, ("cpu  %s\\ncpu0 %s\\n" % (line, line)).encode(), 0)
    time.sleep(0.1)
"""


def own_processor(host: Host) -> None:
    """Let the host see its own load alone."""
    host.write_file("/usr/local/bin/own-stat", OWN_STAT)
    host.sh("setsid python3 /usr/local/bin/own-stat </dev/null >/dev/null 2>&1 &")
    until(lambda: host.run("test", "-s", "/run/own-stat").returncode == 0, 10, "the host's own statistics")
    host.sh("mount --bind /run/own-stat /proc/stat")


def burn(host: Host) -> None:
    """Keep a processor of the host busy."""
    host.write_file("/usr/local/bin/burner", "#!/bin/sh\nwhile :; do :; done\n", 0o755)
    host.sh("setsid /usr/local/bin/burner </dev/null >/dev/null 2>&1 &")


def stop_burning(host: Host) -> None:
    """The end of it."""
    host.sh("pkill burner")
