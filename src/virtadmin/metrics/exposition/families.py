"""Every family of metrics that can be exported: its name, its type, one sentence of help.

Names, types and units of `node_…` are those of node_exporter, of `probe_…` those of blackbox_exporter; the sentences
are our own.
"""

from typing import NamedTuple

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MEMORY_PREFIX = "node_memory_"
"""Before each name that /proc/meminfo has, so those families are known only when a sample is."""
COUNTER, GAUGE = "counter", "gauge"


class Family(NamedTuple):
    """What the lines of one name have in common."""

    name: str
    type: str
    help: str

    @property
    def head(self) -> str:
        """The two lines that stand before the family's own."""
        return f"# HELP {self.name} {self.help}\n# TYPE {self.name} {self.type}\n"


def family(name: str) -> Family:
    """The family of this name. Raises KeyError when it is none of ours."""
    if name.startswith(MEMORY_PREFIX):
        field = name.removeprefix(MEMORY_PREFIX)
        return Family(name, GAUGE, f"The line {field.removesuffix('_bytes')} of /proc/meminfo.")
    return FAMILIES[name]


def _traffic(way: str, verb: str) -> list[Family]:
    what = {
        "bytes": f"Bytes {verb} by the interface.",
        "packets": f"Packets {verb} by the interface.",
        "errs": f"Packets not {verb} because of an error.",
        "drop": f"Packets not {verb} because they were dropped.",
    }
    return [Family(f"node_network_{way}_{unit}_total", COUNTER, text) for unit, text in what.items()]


def _disk(way: str, done: str) -> list[Family]:
    return [
        Family(f"node_disk_{way}s_completed_total", COUNTER, f"Finished {way}s."),
        Family(f"node_disk_{way}s_merged_total", COUNTER, f"{way.capitalize()}s that were joined with another."),
        Family(f"node_disk_{done}_bytes_total", COUNTER, f"Bytes {done}."),
        Family(f"node_disk_{way}_time_seconds_total", COUNTER, f"Seconds all {way}s together took."),
    ]


def _pressure(resource: str, kind: str, who: str) -> Family:
    text = f"Seconds in which {who} waited for {resource}."
    return Family(f"node_pressure_{resource}_{kind}_seconds_total", COUNTER, text)


def _hub() -> list[Family]:
    gauges = {
        "info": "Always 1; its label is the version.",
        "servers": "Servers that are not paused, by status.",
        "workers": "Workers that live and ask servers.",
        "channels_open": "Connections that a worker holds open.",
        "queue_tasks": "Tasks that wait.",
        "deliveries": "Messages on their way, and those given up, by status.",
        "incidents_open": "Incidents that are open, by kind.",
        "database_bytes": "Size of the database.",
        "last_tick_timestamp_seconds": "When work was shared out last, Unix time.",
        "last_round_timestamp_seconds": "When a worker ended its part of a round last, Unix time.",
        "last_round_duration_seconds": "How long that part took.",
    }
    counters = {
        "rounds": "Workers' parts of rounds that came to an end.",
        "round_seconds": "Seconds that these took.",
        "connections": "Connections begun.",
        "polls": "Polls of servers, or checks of websites, that came to an end.",
        "polls_skipped": "Those left out, as the one before still ran or too many connections were being opened.",
        "polls_dropped": "Those whose outcome could not be saved.",
        "failures": "Those that failed, by stage.",
    }
    said = [Family(f"virtadmin_hub_{name}", GAUGE, text) for name, text in gauges.items()]
    return [*said, *(Family(f"virtadmin_hub_{name}_total", COUNTER, text) for name, text in counters.items())]


_ALL = [
    *_hub(),
    Family("virtadmin_up", GAUGE, "1 while the server answers, 0 while it is lost."),
    Family("virtadmin_server_info", GAUGE, "Always 1; its labels say what the server is."),
    Family("virtadmin_interval_seconds", GAUGE, "How often the server is asked."),
    Family("virtadmin_usage_ratio", GAUGE, "What the hub judges limits by, 1 being all: cpu, ram, hdd (fullest disk)."),
    Family("probe_success", GAUGE, "1 if the newest check of the website found all as it should be."),
    Family("probe_duration_seconds", GAUGE, "How long the newest check took."),
    Family("probe_http_status_code", GAUGE, "Status of its last answer; 0 if there was none."),
    Family("probe_ssl_earliest_cert_expiry", GAUGE, "When the website's certificate expires, Unix time."),
    Family("node_uname_info", GAUGE, "Always 1; its labels name the system, its kernel and its host name."),
    Family("node_os_info", GAUGE, "Always 1; its label names the operating system."),
    Family("node_time_seconds", GAUGE, "The server's own clock, Unix time."),
    Family("node_boot_time_seconds", GAUGE, "When the server was started, Unix time."),
    *(Family(f"node_load{span}", GAUGE, f"Tasks running or waiting, mean of {span} min.") for span in (1, 5, 15)),
    Family("node_intr_total", COUNTER, "Interrupts served."),
    Family("node_context_switches_total", COUNTER, "Switches from one task to another."),
    Family("node_forks_total", COUNTER, "Processes and threads started."),
    Family("node_procs_running", GAUGE, "Tasks that can run."),
    Family("node_procs_blocked", GAUGE, "Tasks that wait for a disk."),
    Family("node_cpu_seconds_total", COUNTER, "Seconds the processor spent in each mode."),
    Family("node_cpu_guest_seconds_total", COUNTER, "Seconds spent for guests; part of the modes user and nice."),
    *(_pressure(resource, "waiting", "some task") for resource in ("cpu", "memory", "io")),
    *(_pressure(resource, "stalled", "every task") for resource in ("memory", "io")),
    Family("node_filesystem_size_bytes", GAUGE, "Size of the file system."),
    Family("node_filesystem_free_bytes", GAUGE, "Free, with what is kept for root."),
    Family("node_filesystem_avail_bytes", GAUGE, "Free for everybody."),
    Family("node_filesystem_files", GAUGE, "Files it can hold (inodes)."),
    Family("node_filesystem_files_free", GAUGE, "Files it can still take (free inodes)."),
    Family("node_filesystem_readonly", GAUGE, "1 when it can only be read."),
    Family("node_filesystem_device_error", GAUGE, "1 when the probe's user may not look at it."),
    *_traffic("receive", "received"),
    *_traffic("transmit", "sent"),
    *_disk("read", "read"),
    *_disk("write", "written"),
    Family("node_disk_io_now", GAUGE, "Reads and writes under way."),
    Family("node_disk_io_time_seconds_total", COUNTER, "Seconds with something under way."),
    Family("node_disk_io_time_weighted_seconds_total", COUNTER, "Seconds times what was under way in them."),
]  # fmt: skip
FAMILIES = {family.name: family for family in _ALL}
