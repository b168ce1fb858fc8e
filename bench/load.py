"""Throughput, memory and open files of a long batch.

    python3 bench/load.py RADIOME small N [--jobs J]         N small synthetic images
    python3 bench/load.py RADIOME sts N STS [--jobs J]       N links to the patients of STS
    ... --params FILE                                        with the settings of a parameter file

`small`: images of 24 x 24 x 16 voxels, no two alike, PyRadiomics' default settings. `sts`: the
T1-weighted images of the soft-tissue sarcoma patients, as many times over as it takes, each under
a path of its own; first-order statistics and shape unless `--params` says otherwise. Once a second
the resident set, the open files, the CPU seconds and the finished cases of the process are read from
/proc. Printed: a line for every tenth of the cases, then the totals; where other programs share the
machine, CPU seconds tell more than seconds. Needs Linux and Python.
"""

import argparse
import os
import random
import struct
import subprocess
import tempfile
import time
from pathlib import Path

SIZE = (24, 24, 16)
FEW = "imageType: {Original: {}}\nfeatureClass: {shape: , firstorder: }\nsetting: {binWidth: 25}\n"
DEFAULT = "imageType: {Original: {}}\nsetting: {binWidth: 25}\n"


def nifti(path, code, values):
    """A NIfTI-1 file of 1 mm voxels."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *SIZE, 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, code, 16 if code == 4 else 8)
    struct.pack_into("<8f", header, 76, 1, 1, 1, 1, 1, 1, 1, 1)
    struct.pack_into("<f", header, 108, 352)
    header[344:348] = b"n+1\0"
    path.write_bytes(bytes(header) + values)


def small(folder, count):
    """Images of noise with one box as their region."""
    nx, ny, nz = SIZE
    inside = bytes(
        int(5 <= x < 19 and 5 <= y < 19 and 3 <= z < 13)
        for z in range(nz) for y in range(ny) for x in range(nx)
    )
    nifti(folder / "mask.nii", 2, inside)
    rng = random.Random(1)
    lines = ["ID,Image,Mask"]
    for number in range(count):
        noise = rng.randbytes(nx * ny * nz)
        values = struct.pack(f"<{len(noise)}h", *noise)
        nifti(folder / f"i{number}.nii", 4, values)
        lines.append(f"C{number:05},i{number}.nii,mask.nii")
    (folder / "cases.csv").write_text("\n".join(lines) + "\n")
    (folder / "params.yaml").write_text(DEFAULT)


def links(folder, count, sts):
    """The patients again and again, under other names.

    What is kept of a case is named by the bytes of its files, so that each copy of a mask gets a
    time of its own in its gzip header.
    """
    patients = sorted(path for path in sts.iterdir() if (path / "t1.nii.gz").exists())
    lines = ["ID,Image,Mask"]
    for number in range(count):
        patient = patients[number % len(patients)]
        (folder / f"t1_{number}.nii.gz").symlink_to(patient / "t1.nii.gz")
        mask = bytearray((patient / "t1_mask.nii.gz").read_bytes())
        struct.pack_into("<I", mask, 4, number)
        (folder / f"t1_mask_{number}.nii.gz").write_bytes(mask)
        lines.append(f"{patient.name}_{number:05},t1_{number}.nii.gz,t1_mask_{number}.nii.gz")
    (folder / "cases.csv").write_text("\n".join(lines) + "\n")
    (folder / "params.yaml").write_text(FEW)


def sample(pid, parts):
    """MiB, open files, finished cases, CPU seconds; None once the process has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        files = len(os.listdir(f"/proc/{pid}/fd"))
        times = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    kib = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    if not kib:
        return None
    done = sum(entry.name[0] != "." for entry in os.scandir(parts)) if parts.is_dir() else 0
    cpu = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
    return int(kib[0]) / 1024, files, done, cpu


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("radiome", type=Path)
    parser.add_argument("kind", choices=["small", "sts"])
    parser.add_argument("count", type=int)
    parser.add_argument("sts", type=Path, nargs="?")
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--params", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if options.kind == "small":
            small(folder, options.count)
        else:
            links(folder, options.count, options.sts.resolve())
        if options.params:
            (folder / "params.yaml").write_text(options.params.read_text())
        command = [options.radiome.resolve(), "extract", "cases.csv", "--params", "params.yaml"]
        command += ["--out", "features.csv", "--jobs", options.jobs, "--quiet"]
        begin = time.monotonic()
        parts = folder / "features.csv.cases"
        tenth, last = 1, (0.0, 0, 0.0)
        most = [0.0, 0]
        print("finished,seconds,seconds_per_100,cpu_seconds_per_100,resident_mib,open_files")
        cpu = 0.0
        with subprocess.Popen(command, cwd=folder) as child:
            while child.poll() is None:
                time.sleep(1)
                found = sample(child.pid, parts)
                if found is None:
                    continue
                mib, files, done, cpu = found
                most = [max(most[0], mib), max(most[1], files)]
                if done * 10 >= tenth * options.count:
                    now = time.monotonic() - begin
                    hundreds = max(done - last[1], 1) / 100
                    per, work = (now - last[0]) / hundreds, (cpu - last[2]) / hundreds
                    print(f"{done},{now:.1f},{per:.2f},{work:.2f},{mib:.1f},{files}", flush=True)
                    last = (now, done, cpu)
                    tenth = done * 10 // options.count + 1
            status = child.returncode
        seconds = time.monotonic() - begin
        size = (folder / "features.csv").stat().st_size / 1e6
        print(f"status {status}; {options.count} cases in {seconds:.1f} s, {cpu:.1f} CPU s; "
              f"at most {most[0]:.1f} MiB and {most[1]} open files; table of {size:.1f} MB")


if __name__ == "__main__":
    main()
