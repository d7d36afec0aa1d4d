#!/usr/bin/env python3
"""Strong and weak scaling of `simulate` over ranks and threads, and its memory, for docs/scaling.md.

The same dense Euler-Maruyama job by K ranks of T threads (strong: the same chains; weak: K T times as
many), in turns; the least time of all rounds counts, and what the strong runs say of their samples must
be the same to the last digit. Seconds of the clock, which mean something on a quiet machine only, and of all
processors together, whose growth is what sharing the work costs. Both include start, laws and comparison.

usage: scaling.py PROGRAM [--dimension D] [--chains N] [--steps S] [--rounds R] [--layouts KxT...] [--memory D...]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time


def write_hessian(path, dimension):
    """0.8^|i-j|: eigenvalues between 1/9 and 9."""
    with open(path, "w") as file:
        for i in range(dimension):
            file.write(",".join(f"{0.8 ** abs(i - j):.17g}" for j in range(dimension)) + "\n")
    return path


class Job:
    def __init__(self, program, folder, arguments):
        self.program = program
        self.folder = folder
        self.hessian = write_hessian(os.path.join(folder, "hessian.csv"), arguments.dimension)
        self.options = ["--scheme", "euler-maruyama", "--steps", str(arguments.steps), "--burn-in", "0"]
        self.options += ["--record-every", str(max(1, arguments.steps // 4))]

    def run(self, ranks, threads, chains, hessian=None):
        """Seconds of clock and processors, the most memory of a process in bytes, what it says of the sample."""
        launcher = []
        if ranks > 1:
            launcher = ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", str(ranks)]
        command = launcher + [self.program, "simulate", "--hessian", hessian or self.hessian, *self.options]
        command += ["--chains", str(chains), "--threads", str(threads), "--json"]
        # A process of its own, whose children's memory is that of this run alone.
        watch = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); " \
                "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(used.ru_maxrss, used.ru_utime + used.ru_stime, file=sys.stderr)"
        environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        start = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", watch, *command], env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        seconds = time.perf_counter() - start
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{done.stderr}")
        memory, processor_seconds = done.stderr.splitlines()[-1].split()
        return (seconds, float(processor_seconds)), 1024 * int(memory), json.loads(done.stdout)["sample"]


def measure_times(job, arguments):
    layouts = [tuple(int(n) for n in layout.split("x")) for layout in arguments.layouts]
    times = {}
    sample = None
    for _ in range(arguments.rounds):
        for ranks, threads in layouts:
            for name, chains in (("strong", arguments.chains), ("weak", arguments.chains * ranks * threads)):
                if name == "weak" and ranks * threads == 1:
                    continue
                seconds, _, now = job.run(ranks, threads, chains)
                print(f"{name} {ranks} x {threads}: {seconds[0]:.2f} s, {seconds[1]:.2f} s of processors", file=sys.stderr, flush=True)
                times.setdefault((name, ranks, threads), []).append(seconds)
                if name == "strong":
                    sample = sample or now
                    if sample != now:
                        sys.exit(f"{ranks} ranks of {threads} threads gave another sample")
    least = {layout: [min(part) for part in zip(*seconds)] for layout, seconds in times.items()}
    alone = least[("strong", *layouts[0])]
    print(f"d = {arguments.dimension}, {arguments.chains} chains, {arguments.steps} steps; ranks x threads, least of "
          f"{arguments.rounds}")
    for (name, ranks, threads), (clock, processors) in sorted(least.items()):
        work = 1 if name == "strong" else ranks * threads
        print(f"{name:7} {ranks} x {threads}: clock {clock:.2f} s, efficiency "
              f"{work * alone[0] / clock / (ranks * threads):.2f}; processors {processors:.2f} s, efficiency "
              f"{work * alone[1] / processors:.2f}")


def measure_memory(job, dimensions):
    for dimension in dimensions:
        hessian = write_hessian(os.path.join(job.folder, "other.csv"), dimension)
        job.options = ["--scheme", "euler-maruyama", "--steps", "4", "--burn-in", "0", "--record-every", "1"]
        for ranks in (1, 2, 3):
            _, memory, _ = job.run(ranks, 1, 2048, hessian)
            print(f"memory d = {dimension}, {ranks} ranks of 1 thread: {memory / 1e6:.0f} MB the largest process, "
                  f"{memory / (8 * dimension ** 2):.0f} d x d matrices")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--dimension", type=int, default=256)
    parser.add_argument("--chains", type=int, default=1024)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--layouts", nargs="+", default=["1x1", "1x2", "2x1"])
    parser.add_argument("--memory", type=int, nargs="*", default=[])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        job = Job(os.path.abspath(arguments.program), folder, arguments)
        if arguments.rounds > 0:
            measure_times(job, arguments)
        measure_memory(job, arguments.memory)


if __name__ == "__main__":
    main()
