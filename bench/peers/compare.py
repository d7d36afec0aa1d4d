"""The same job in adamsde, NumPy and PyTorch, in turns: seconds, and their ratios.

Euler-Maruyama on a quadratic loss by N chains, from the mean, all on one thread: in NumPy and PyTorch
as a careful user would write it (preallocated, in-place, two BLAS products a step; NumPy with SFC64, its
fastest generator; OpenBLAS told of a CPU it does not know). Each contestant's covariance is checked
against the exact law. "numpy, white" is NumPy in the coordinates adamsde takes, where the noise needs no
product.

usage: compare.py PROGRAM [--rounds N] [--parts PART...]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

CORE_NAME = """
import ctypes
name = ctypes.CDLL("libopenblas.so.0").openblas_get_corename
name.restype = ctypes.c_char_p
print(name().decode())
"""


def core_type():
    """What OPENBLAS_CORETYPE should be where OpenBLAS takes a newer CPU for one of 2004."""
    chosen = subprocess.run([sys.executable, "-c", CORE_NAME], capture_output=True, text=True).stdout.strip()
    with open("/proc/cpuinfo") as file:
        flags = set(next((line for line in file if line.startswith("flags")), "").split())
    if chosen != "Prescott" or "avx2" not in flags:
        return None
    return "SkylakeX" if {"avx512f", "avx512dq", "avx512bw", "avx512vl"} <= flags else "Haswell"


for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"
for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(variable, None)
if core_type():
    os.environ["OPENBLAS_CORETYPE"] = core_type()

import numpy as np  # noqa: E402  (reads the variables)
import torch  # noqa: E402

torch.set_num_threads(1)
LEARNING_RATE = 0.02


class Problem:
    """Rates between 1 and 10, so that 1,000 steps of 0.02 forget the start."""

    def __init__(self, dimension, folder, program):
        rng = np.random.default_rng(dimension)
        orthogonal, _ = np.linalg.qr(rng.standard_normal((dimension, dimension)))
        hessian = orthogonal @ np.diag(np.linspace(1, 10, dimension)) @ orthogonal.T
        self.dimension = dimension
        self.program = program
        self.file = os.path.join(folder, f"hessian{dimension}.npy")
        np.save(self.file, (hessian + hessian.T) / 2)
        out = os.path.join(folder, f"law{dimension}")
        self.run("posterior", "--out", out)
        self.law = np.load(os.path.join(out, "covariance_euler_maruyama.npy"))
        # dx = -H x dt + sqrt(eta H / b) dW at Q = I, lambda = 0, b = 128.
        self.step = np.eye(dimension) - LEARNING_RATE * hessian
        self.noise = LEARNING_RATE * np.linalg.cholesky(hessian / 128)

    def run(self, command, *options, threads=1):
        words = [self.program, command, "--json", "--hessian", self.file, "--preconditioner", "identity"]
        words += ["--weight-decay", "0", "--learning-rate", str(LEARNING_RATE), "--threads", str(threads)]
        environment = {k: v for k, v in os.environ.items() if k not in ("OMP_NUM_THREADS", "OPENBLAS_CORETYPE")}
        result = subprocess.run(words + list(options), check=True, capture_output=True, env=environment)
        return json.loads(result.stdout)

    def error(self, states):
        covariance = states.T @ states / len(states)
        return np.linalg.norm(covariance - self.law) / np.linalg.norm(self.law)


def simulate_numpy(problem, chains, steps):
    rng = np.random.Generator(np.random.SFC64(1))
    step, noise = np.ascontiguousarray(problem.step.T), np.ascontiguousarray(problem.noise.T)
    x = np.zeros((chains, problem.dimension))
    z, moved, kicked = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    start = time.perf_counter()
    for _ in range(steps):
        rng.standard_normal(out=z)
        np.matmul(x, step, out=moved)
        np.matmul(z, noise, out=kicked)
        np.add(moved, kicked, out=x)
    return time.perf_counter() - start, x


def simulate_numpy_white(problem, chains, steps):
    rng = np.random.Generator(np.random.SFC64(1))
    start = time.perf_counter()
    step = np.ascontiguousarray(np.linalg.solve(problem.noise, problem.step @ problem.noise).T)
    x = np.zeros((chains, problem.dimension))
    moved = np.empty_like(x)
    for _ in range(steps):
        np.matmul(x, step, out=moved)
        rng.standard_normal(out=x)
        x += moved
    x = x @ problem.noise.T
    return time.perf_counter() - start, x


def simulate_torch(problem, chains, steps):
    generator = torch.Generator().manual_seed(1)
    step, noise = torch.from_numpy(problem.step.T.copy()), torch.from_numpy(problem.noise.T.copy())
    x = torch.zeros((chains, problem.dimension), dtype=torch.float64)
    z, moved = torch.empty_like(x), torch.empty_like(x)
    start = time.perf_counter()
    for _ in range(steps):
        torch.randn(x.shape, generator=generator, out=z)
        torch.mm(x, step, out=moved)
        moved.addmm_(z, noise)
        x, moved = moved, x
    return time.perf_counter() - start, x.numpy()


PEERS = {"numpy": simulate_numpy, "torch": simulate_torch, "numpy, white": simulate_numpy_white}


def simulate_ours(problem, chains, steps, threads=1, scheme="euler-maruyama"):
    counts = ["--chains", str(chains), "--steps", str(steps), "--burn-in", "0", "--record-every", str(steps)]
    result = problem.run("simulate", "--scheme", scheme, *counts, threads=threads)
    return result["seconds"], result["sample"]


def compare(problem, chains, steps, rounds):
    print(f"\nd = {problem.dimension}, {chains} chains, {steps} steps, one thread, {rounds} rounds")
    seconds = {name: [] for name in ("adamsde", *PEERS)}
    at_the_law = steps * LEARNING_RATE >= 6  # before, chains are still on the way to it
    for _ in range(rounds):
        elapsed, sample = simulate_ours(problem, chains, steps)
        seconds["adamsde"].append(elapsed)
        assert not at_the_law or sample["p_value"] > 1e-4, "adamsde is off the law"
        for name, simulate in PEERS.items():
            elapsed, states = simulate(problem, chains, steps)
            seconds[name].append(elapsed)
            expected = sample["expected_relative_error"]
            assert not at_the_law or abs(problem.error(states) / expected - 1) < 0.2, f"{name} is off the law"
    ours = statistics.median(seconds["adamsde"])
    for name, values in seconds.items():
        median = statistics.median(values)
        print(f"  {name:14} {median:8.3f} s   {median / ours:6.2f} x")


def time_to_error(problem, chains, error, rounds):
    """A covariance to a given error: adamsde as it would do it, the peers by the steps they need."""
    print(f"\nd = {problem.dimension}: time to a covariance error of {error:g}, one thread")
    ours = {}
    for scheme in ("modal", "modal-leap"):
        runs = [problem.run("simulate", "--scheme", scheme, "--chains", str(chains), "--target-error", str(error))
                for _ in range(rounds)]
        plan = runs[0]["sample"]
        assert plan["p_value"] > 1e-4, "adamsde is off the law"
        ours[scheme] = statistics.median(run["seconds"] for run in runs)
        if scheme == "modal":
            steps = plan["burn_in"] + plan["steps"]
        print(f"  adamsde, {scheme:10} {ours[scheme]:8.3f} s   {plan['burn_in'] + plan['steps']} steps, {plan['records']} records a chain")
    for name, simulate in PEERS.items():
        per_step = statistics.median(simulate(problem, chains, 10)[0] / 10 for _ in range(3))
        ratios = ", ".join(f"{per_step * steps / seconds:.1f} x {scheme}" for scheme, seconds in ours.items())
        print(f"  {name:19} {per_step * steps:8.1f} s   {ratios}   ({steps} steps of {per_step:.4f} s, measured on 10)")


def scaling(problem, chains, steps, scheme, rounds):
    ratios = []
    for _ in range(rounds):
        one = simulate_ours(problem, chains, steps, 1, scheme)[0]
        ratios.append(one / simulate_ours(problem, chains, steps, 2, scheme)[0])
    print(f"  {scheme:15} d = {problem.dimension}: two threads {statistics.median(ratios):.2f} x one")


def normals(problem, rounds):
    """Normals a second on one core: a whole run of adamsde in modes, the others' generators alone."""
    chains, steps, count = 4096, 5000, 1 << 20
    array, tensor = np.empty(count), torch.empty(count, dtype=torch.float64)
    rng, generator = np.random.Generator(np.random.SFC64(1)), torch.Generator().manual_seed(1)

    def rate(draw):
        start = time.perf_counter()
        for _ in range(20):
            draw()
        return 20 * count / (time.perf_counter() - start)

    rates = {"adamsde, steps": [], "numpy": [], "torch": []}
    for _ in range(rounds):
        seconds, _ = simulate_ours(problem, chains, steps, scheme="modal")
        rates["adamsde, steps"].append(chains * steps * problem.dimension / seconds)
        rates["numpy"].append(rate(lambda: rng.standard_normal(out=array)))
        rates["torch"].append(rate(lambda: torch.randn(count, generator=generator, out=tensor)))
    ours = statistics.median(rates["adamsde, steps"])
    print("\nnormals a second, one core")
    for name, values in rates.items():
        print(f"  {name:14} {statistics.median(values) / 1e9:8.3f} G     {ours / statistics.median(values):6.2f} x")


def sweep(problem, rounds):
    """What 100,000 values of lambda take beyond three: the eigendecomposition is in both."""
    def seconds(points):
        return statistics.median(problem.run("sweep", "--points", str(points))["seconds"] for _ in range(rounds))

    few, many = seconds(3), seconds(100000)
    print(f"\nd = {problem.dimension}: sweep of 3 lambdas {few:.3f} s, of 100,000 {many:.3f} s: {many - few:.3f} s for them")


def start_up(program, rounds):
    seconds = []
    for _ in range(10 * rounds):
        start = time.perf_counter()
        subprocess.run([program, "--version"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    print(f"\nstart-up: {1e3 * statistics.median(seconds):.1f} ms")


def growth(problems, rounds):
    """Seconds of whole runs, one thing doubled at a time."""
    print("\nseconds of a run, euler-maruyama and modal, one thread")
    for d, chains, steps in ((100, 2048, 1000), (100, 4096, 1000), (100, 2048, 2000), (200, 2048, 1000), (400, 2048, 1000)):
        seconds = [statistics.median(simulate_ours(problems[d], chains, steps, 1, scheme)[0] for _ in range(rounds))
                   for scheme in ("euler-maruyama", "modal")]
        print(f"  d = {d:4}, {chains} chains, {steps} steps: {seconds[0]:8.3f} {seconds[1]:8.3f}")


PARTS = ("start", "normals", "sweep", "medium", "large", "error", "threads", "growth")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parts", nargs="*", choices=PARTS)
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    with tempfile.TemporaryDirectory() as folder:
        problems = {d: Problem(d, folder, program) for d in (100, 200, 400, 1000)}
        parts = {
            "start": lambda: start_up(program, options.rounds),
            "normals": lambda: normals(problems[100], options.rounds),
            "sweep": lambda: sweep(problems[1000], options.rounds),
            "medium": lambda: compare(problems[100], 4096, 1000, options.rounds),
            "large": lambda: compare(problems[1000], 1024, 100, options.rounds),
            "error": lambda: time_to_error(problems[1000], 1024, 0.1, options.rounds),
            "threads": lambda: (print(), scaling(problems[100], 4096, 1000, "euler-maruyama", options.rounds),
                                scaling(problems[100], 4096, 20000, "modal", options.rounds)),
            "growth": lambda: growth(problems, options.rounds),
        }
        for part in options.parts or PARTS:
            parts[part]()


main()
