"""Runs a program and writes the kernel's account of it: FD PROGRAM ARGUMENTS...

A new program inherits the peak memory of the process that starts it, so that nothing is ever seen
below the size of a Python with its libraries. This one loads next to nothing (some 9 MiB).
Writes user plus system CPU seconds, the peak (in the system's unit) and the exit status to FD.
"""

import os
import sys

descriptor, program, *arguments = sys.argv[1:]
process = os.posix_spawnp(program, [program, *arguments], os.environ)
_, status, usage = os.wait4(process, 0)
code = os.waitstatus_to_exitcode(status)
account = f"{usage.ru_utime + usage.ru_stime} {usage.ru_maxrss} {code}"
os.write(int(descriptor), account.encode())
