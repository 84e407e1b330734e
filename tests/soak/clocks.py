"""The times of day of the hub's processes, each by itself: Linux has no namespace for them; `clock.c` is preloaded."""

import shutil
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")
VARIABLE = "VIRTADMIN_SOAK_CLOCK"
JUMP = "clock jumps"
"""What the fault is called."""
WHOLE_HUB = "hub"
"""The target that stands for all of its processes."""
SECONDS = struct.Struct("q")


def can_jump() -> bool:
    """Whether the library can be made here."""
    return shutil.which("cc") is not None


def jump(target: str) -> tuple[str, int]:
    """Whose clock a target of the schedule such as "web +3600" is, and by how many seconds it is wrong."""
    name, seconds = target.split()
    return name, int(seconds)


def offsets(targets: Sequence[str], name: str) -> list[int]:
    """By how many seconds the clock of the process of this name was wrong, if such a fault hit it."""
    return [seconds for hit, seconds in map(jump, targets) if hit in (name, WHOLE_HUB)]


class Clocks:
    """A file for each process, which says by how many seconds its clock is wrong."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        self.library = folder.with_suffix(".so")
        if can_jump():
            subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", self.library, SOURCE], check=True)

    def environment(self, name: str) -> dict[str, str]:
        """What a process has to be started with so that its clock can be made wrong."""
        if not self.library.exists():
            return {}
        (self.folder / name).write_bytes(SECONDS.pack(0))
        return {"LD_PRELOAD": str(self.library), VARIABLE: str(self.folder / name)}

    def set(self, name: str, seconds: int) -> None:
        """Make the clock of a process, or of all, wrong by so many seconds, at once: the file is mapped into it."""
        for path in self.folder.iterdir() if name == WHOLE_HUB else [self.folder / name]:
            with path.open("r+b") as file:
                file.write(SECONDS.pack(seconds))
