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
    dense_names = [name for name in medians if name.startswith("DenseSteps/")]
    for name in sorted(dense_names, key=lambda name: int(name.split("/")[1])):
        d = name.split("/")[1]
        dense = rate(name, "flops")
        line = f"dense steps, d = {d:>5}   {dense / 1e9:8.1f} GFLOP/s       {dense / peak:.0%} of peak"
        blas = f"BlasProducts/{d}"
        if blas in medians:
            line += f", {dense / rate(blas, 'flops'):.2f} x dgemm + dtrmm alone"
        print(line)
    for name in medians:
        if name.startswith("Eigendecomposition/"):
            print(f"{name:24} {medians[name]['real_time']:8.2f} {medians[name]['time_unit']}")


main(sys.argv[1])
