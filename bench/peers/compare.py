"""The same job in adamsde, NumPy and PyTorch, in turns: seconds, and their ratios.

Euler-Maruyama on a quadratic loss by N chains, from the mean, all on one thread: in NumPy and PyTorch
as a careful user would write it (preallocated, in-place, BLAS; NumPy with SFC64, its fastest
generator). Each contestant's covariance is checked against the exact law.

usage: compare.py PROGRAM [--rounds N]
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"
for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(variable, None)

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
        self.drift = -LEARNING_RATE * hessian
        self.noise = LEARNING_RATE * np.linalg.cholesky(hessian / 128)

    def run(self, command, *options, threads=1):
        words = [self.program, command, "--json", "--hessian", self.file, "--preconditioner", "identity"]
        words += ["--weight-decay", "0", "--learning-rate", str(LEARNING_RATE), "--threads", str(threads)]
        environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
        result = subprocess.run(words + list(options), check=True, capture_output=True, env=environment)
        return json.loads(result.stdout)

    def error(self, states):
        covariance = states.T @ states / len(states)
        return np.linalg.norm(covariance - self.law) / np.linalg.norm(self.law)


def simulate_numpy(problem, chains, steps):
    rng = np.random.Generator(np.random.SFC64(1))
    drift, noise = np.ascontiguousarray(problem.drift.T), np.ascontiguousarray(problem.noise.T)
    x = np.zeros((chains, problem.dimension))
    z, moved = np.empty_like(x), np.empty_like(x)
    start = time.perf_counter()
    for _ in range(steps):
        rng.standard_normal(out=z)
        np.matmul(x, drift, out=moved)
        x += moved
        np.matmul(z, noise, out=moved)
        x += moved
    return time.perf_counter() - start, x


def simulate_torch(problem, chains, steps):
    generator = torch.Generator().manual_seed(1)
    drift, noise = torch.from_numpy(problem.drift.T.copy()), torch.from_numpy(problem.noise.T.copy())
    x = torch.zeros((chains, problem.dimension), dtype=torch.float64)
    z, moved = torch.empty_like(x), torch.empty_like(x)
    start = time.perf_counter()
    for _ in range(steps):
        torch.randn(x.shape, generator=generator, out=z)
        torch.mm(x, drift, out=moved)
        x += moved
        x.addmm_(z, noise)
    return time.perf_counter() - start, x.numpy()


def simulate_ours(problem, chains, steps, threads=1, scheme="euler-maruyama"):
    counts = ["--chains", str(chains), "--steps", str(steps), "--burn-in", "0", "--record-every", str(steps)]
    result = problem.run("simulate", "--scheme", scheme, *counts, threads=threads)
    return result["seconds"], result["sample"]


def compare(problem, chains, steps, rounds):
    print(f"\nd = {problem.dimension}, {chains} chains, {steps} steps, one thread, {rounds} rounds")
    seconds = {"adamsde": [], "numpy": [], "torch": []}
    for _ in range(rounds):
        elapsed, sample = simulate_ours(problem, chains, steps)
        seconds["adamsde"].append(elapsed)
        for name, simulate in (("numpy", simulate_numpy), ("torch", simulate_torch)):
            elapsed, states = simulate(problem, chains, steps)
            seconds[name].append(elapsed)
            if steps * LEARNING_RATE < 6:
                continue  # still on the way to the law
            expected = sample["expected_relative_error"]
            assert abs(problem.error(states) / expected - 1) < 0.2, f"{name} is off the law"
        if steps * LEARNING_RATE >= 6:
            assert sample["p_value"] > 1e-4, "adamsde is off the law"
    ours = statistics.median(seconds["adamsde"])
    for name, values in seconds.items():
        median = statistics.median(values)
        print(f"  {name:8} {median:8.3f} s   {median / ours:6.2f} x")
    return seconds


def time_to_error(problem, chains, error, rounds):
    """A covariance to a given error: adamsde as it would do it, the peers by the steps they need."""
    print(f"\nd = {problem.dimension}: time to a covariance error of {error:g}, one thread")
    modal = [problem.run("simulate", "--scheme", "modal", "--chains", str(chains), "--target-error", str(error))
             for _ in range(rounds)]
    plan = modal[0]["sample"]
    assert plan["p_value"] > 1e-4, "adamsde is off the law"
    ours = statistics.median(run["seconds"] for run in modal)
    steps = plan["burn_in"] + plan["steps"]
    print(f"  adamsde  {ours:8.3f} s   modal, {steps} steps")
    for name, simulate in (("numpy", simulate_numpy), ("torch", simulate_torch)):
        per_step = simulate(problem, chains, 10)[0] / 10
        print(f"  {name:8} {per_step * steps:8.1f} s   {per_step * steps / ours:6.1f} x   ({per_step:.4f} s a step, measured on 10)")


def scaling(problem, chains, steps, scheme, rounds):
    ratios = []
    for _ in range(rounds):
        one = simulate_ours(problem, chains, steps, 1, scheme)[0]
        ratios.append(one / simulate_ours(problem, chains, steps, 2, scheme)[0])
    print(f"  {scheme:15} d = {problem.dimension}: two threads {statistics.median(ratios):.2f} x one")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    with tempfile.TemporaryDirectory() as folder:
        medium, large = Problem(100, folder, program), Problem(1000, folder, program)
        compare(medium, 4096, 1000, options.rounds)
        compare(large, 1024, 100, options.rounds)
        time_to_error(large, 1024, 0.1, options.rounds)
        print()
        scaling(medium, 4096, 1000, "euler-maruyama", options.rounds)
        scaling(medium, 4096, 20000, "modal", options.rounds)


main()
