"""The probe's answers for tests: recorded ones, and ones made to the kernel's documentation."""

from pathlib import Path

SAMPLES = Path(__file__).parent / "samples"
RECORDED = sorted(path.name for path in SAMPLES.glob("*.txt"))
NET_HEAD = "Inter-|   Receive  |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes\n"


def recorded(name: str) -> bytes:
    """A file of tests/metrics/samples."""
    return (SAMPLES / f"{name.removesuffix('.txt')}.txt").read_bytes()


def answer(word: str, parts: dict[str, str], head: str = "virtadmin-probe 1") -> bytes:
    """An answer of these headings and texts."""
    text = "".join(f"==> {heading} <==\n{body.rstrip()}\n\n" for heading, body in parts.items())
    return f"{head} {word}\n{text}virtadmin-probe end\n".encode()


def interface(name: str, received: int, sent: int) -> str:
    """A line of /proc/net/dev."""
    return f"{name}: {received} 10 0 0 0 0 0 0 {sent} 10 0 0 0 0 0 0\n"


def device(name: str, read: int, written: int) -> str:
    """A line of /proc/diskstats; sectors."""
    return f"   8       0 {name} 1 0 {read} 5 1 0 {written} 5 0 9 10 0 0 0 0 0 0\n"


def big(uptime: float, busy: int) -> bytes:
    """A machine with 100 cores and 200 mounts."""
    ticks = "".join(f"cpu{core} {busy + core} 0 100 5000 10 0 3 0 0 0\n" for core in range(100))
    interrupts = "intr 99 " + "0 " * 4000
    mounts = "".join(
        f"mount 8:{n} xfs /dev/sd{n} /srv/disk\\040{n} rw 1000000 {n * 5000} {1000000 - n * 5000} 1000 {n} {1000 - n}\n"
        for n in range(200)
    )
    return answer(
        "sample",
        {
            "/proc/stat": f"cpu  {100 * busy + 4950} 0 10000 500000 1000 0 300 0 0 0\n{ticks}{interrupts}\nctxt 5\n",
            "/proc/meminfo": "MemTotal: 263000000 kB\nMemAvailable: 131500000 kB\n",
            "/proc/uptime": f"{uptime} 100.00\n",
            "/proc/sys/kernel/random/boot_id": "cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee\n",
            "mounts": mounts,
        },
    )
