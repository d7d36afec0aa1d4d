"""Ratios of medians from the JSON of adamsde_bench: python3 summary.py RESULT.json"""

import json
import sys


def main(path):
    with open(path) as file:
        runs = json.load(file)["benchmarks"]
    medians = {r["run_name"]: r for r in runs if r.get("aggregate_name") == "median"}

    def rate(name, counter):
        return medians[name][counter]

    peak = rate("FmaPeak", "flops")
    std = rate("StdNormals", "normals")
    fill = rate("FillNormals", "normals")
    modal = rate("ModalSteps", "normals")
    print(f"FMA peak                 {peak / 1e9:8.1f} GFLOP/s, one core")
    print(f"std::normal_distribution {std / 1e9:8.3f} G normals/s")
    print(f"normals                  {fill / 1e9:8.3f} G normals/s   {fill / std:.1f} x std")
    print(f"modal steps              {modal / 1e9:8.3f} G steps/s     {modal / fill:.2f} x normals alone")
    floats = rate("FloatModalSteps", "normals")
    print(f"modal steps, float       {floats / 1e9:8.3f} G steps/s     {floats / modal:.2f} x double")
    for d in (100, 1000):
        ratio = rate(f"FloatDenseSteps/{d}", "flops") / rate(f"DenseSteps/{d}", "flops")
        print(f"dense steps, float, d = {d}: {ratio:.2f} x double")
    print("dense steps: per chain, 2d^2 flops done with white noise and 3d^2 with a triangular factor of it")
    print("     d   white: GFLOP/s  of peak  of peak if counted 3d^2   triangular: GFLOP/s  of peak   steps against dgemm + dtrmm alone")
    dimensions = sorted(int(name.split("/")[1]) for name in medians if name.startswith("DenseSteps/"))
    for d in dimensions:
        white, full = rate(f"DenseSteps/{d}", "flops"), rate(f"TriangularSteps/{d}", "flops")
        line = f"{d:6} {white / 1e9:16.1f} {white / peak:8.0%} {1.5 * white / peak:25.0%} {full / 1e9:21.1f} {full / peak:8.0%}"
        if f"BlasProducts/{d}" in medians:
            blas = rate(f"BlasProducts/{d}", "steps")
            line += f"   {rate(f'DenseSteps/{d}', 'steps') / blas:.2f} x, triangular {rate(f'TriangularSteps/{d}', 'steps') / blas:.2f} x"
        print(line)
    for name in medians:
        if name.startswith("Eigendecomposition/"):
            print(f"{name:24} {medians[name]['real_time']:8.2f} {medians[name]['time_unit']}")


main(sys.argv[1])
