"""Where the programs under comparison are: radiome's binary and the peers' environments."""

import os
import platform
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent
CHECKOUT = BENCH.parent

# One thread, whatever library a peer computes with.
ONE_THREAD = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
    )
}


def radiome(path=None):
    """The binary: the one given, or the checkout's release build. Exits when there is none."""
    binary = Path(path) if path else CHECKOUT / "target" / "release" / "radiome"
    if not binary.is_file():
        sys.exit(
            f"error: no radiome at {binary}: build it with `cargo build --release -p radiome`, "
            "or name it with --radiome"
        )
    return binary.resolve()


def python(peer):
    """The Python of a peer's environment, or None when the peer was left out by setup.sh."""
    environments = Path(os.environ.get("RADIOME_BENCH_ENV", BENCH / ".env"))
    interpreter = environments / peer / "bin" / "python"
    return interpreter if interpreter.is_file() else None


def reenter(peer, module):
    """Runs this script again under the peer's Python when `module` is not installed here."""
    try:
        __import__(module)
        return
    except ImportError:
        interpreter = python(peer)
    if interpreter is None or Path(sys.prefix) == interpreter.parent.parent:
        sys.exit(f"error: {module} is not installed: run bench/setup.sh first")
    os.execv(interpreter, [str(interpreter), *sys.argv])


def version(command):
    """What a program says of its version, or the reason why not."""
    try:
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, timeout=120
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return (done.stdout or done.stderr).strip().splitlines()[-1] if done.returncode == 0 else "?"


def machine():
    """The processor and the system, in one line."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return f"{name}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"
