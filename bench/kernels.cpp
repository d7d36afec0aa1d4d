// What the machine can do, what the kernels reach, and what a user would have without them. Run by
// scripts/bench, which interleaves the repetitions and prints ratios of medians.
#include <benchmark/benchmark.h>
#include <cblas.h>

#include <Eigen/Core>
#include <array>
#include <random>
#include <vector>

#include "sde/ensemble/blas_threads.h"
#include "sde/ensemble/stepper.h"
#include "sde/problem/symmetric_eigen.h"
#include "sde/random/normal.h"

namespace {

using adamsde::kBlockChains;

constexpr adamsde::NormalStream kStream{.seed = 1, .stream = 0};

void SetRate(benchmark::State& state, const char* name, double per_iteration) {
  state.counters[name] =
      benchmark::Counter(per_iteration, benchmark::Counter::kIsIterationInvariantRate);
}

// Twelve independent chains of fused multiply-adds: enough to hide the latency of any machine.
constexpr int kFmaChains = 12;
constexpr int kFmaRounds = 4096;

#if defined(__x86_64__)
template <typename Vector>
inline __attribute__((always_inline)) void FmaRounds(std::array<Vector, kFmaChains>& x) {
  const Vector factor = Vector{} + 0.999;
  for (int i = 0; i < kFmaRounds; ++i) {
    for (Vector& chain : x) {
      chain = chain * factor + factor;
      __asm__ volatile("" : "+v"(chain));
    }
  }
}
using Vector4 = double __attribute__((vector_size(32)));
using Vector8 = double __attribute__((vector_size(64)));
__attribute__((target("avx2,fma"), optimize("fp-contract=fast"))) double Fma256() {
  std::array<Vector4, kFmaChains> x{};
  FmaRounds(x);
  return x[0][0];
}
__attribute__((target("avx512f"), optimize("fp-contract=fast"))) double Fma512() {
  std::array<Vector8, kFmaChains> x{};
  FmaRounds(x);
  return x[0][0];
}

void FmaPeak(benchmark::State& state) {
  const bool wide = __builtin_cpu_supports("avx512f");
  for (auto _ : state) benchmark::DoNotOptimize(wide ? Fma512() : Fma256());
  SetRate(state, "flops", 2.0 * kFmaRounds * kFmaChains * (wide ? 8 : 4));
}
BENCHMARK(FmaPeak);
#endif

void StdNormals(benchmark::State& state) {
  std::mt19937_64 engine(1);
  std::normal_distribution<double> normal;
  std::vector<double> x(4096);
  for (auto _ : state) {
    for (double& value : x) value = normal(engine);
    benchmark::DoNotOptimize(x.data());
  }
  SetRate(state, "normals", 4096);
}
BENCHMARK(StdNormals);

constexpr Eigen::Index kComponents = 16;  // both tiles stay in the first-level cache

void FillNormals(benchmark::State& state) {
  Eigen::MatrixXd even(kBlockChains, kComponents);
  Eigen::MatrixXd odd(kBlockChains, kComponents);
  std::uint64_t pair = 0;
  for (auto _ : state) {
    adamsde::FillNormals(kStream, 0, pair++, kBlockChains, kComponents, even.data(), odd.data(),
                         kBlockChains);
    benchmark::DoNotOptimize(even.data());
  }
  SetRate(state, "normals", 2.0 * kBlockChains * kComponents);
}
BENCHMARK(FillNormals);

void ModalSteps(benchmark::State& state) {
  constexpr std::uint64_t kSteps = 256;
  Eigen::MatrixXd x = Eigen::MatrixXd::Zero(kBlockChains, kComponents);
  const Eigen::VectorXd decay = Eigen::VectorXd::LinSpaced(kComponents, 0.5, 0.999);
  const Eigen::VectorXd noise = Eigen::VectorXd::Ones(kComponents);
  std::uint64_t step = 0;
  for (auto _ : state) {
    adamsde::AdvanceModal(kStream, 0, step, kSteps, kBlockChains, kComponents, decay.data(),
                          noise.data(), x.data(), kBlockChains);
    step += kSteps;
  }
  benchmark::DoNotOptimize(x.data());
  SetRate(state, "normals", 1.0 * kSteps * kBlockChains * kComponents);
}
BENCHMARK(ModalSteps);

void FloatModalSteps(benchmark::State& state) {
  constexpr std::uint64_t kSteps = 256;
  Eigen::MatrixXf x = Eigen::MatrixXf::Zero(adamsde::kFloatPanel, kComponents);
  const Eigen::VectorXf increment = Eigen::VectorXf::LinSpaced(kComponents, -0.5F, -0.001F);
  const Eigen::VectorXf noise = Eigen::VectorXf::Ones(kComponents);
  std::uint64_t step = 0;
  for (auto _ : state) {
    adamsde::AdvanceModalFloat(kStream, 0, step, kSteps, kComponents, increment.data(),
                               noise.data(), x.data());
    step += kSteps;
  }
  benchmark::DoNotOptimize(x.data());
  SetRate(state, "normals", 1.0 * kSteps * adamsde::kFloatPanel * kComponents);
}
BENCHMARK(FloatModalSteps);

adamsde::GaussianKernel AnyKernel(Eigen::Index d) {
  const Eigen::MatrixXd noise = Eigen::MatrixXd::Random(d, d).triangularView<Eigen::Lower>();
  return {.increment = 1e-3 / static_cast<double>(d) * Eigen::MatrixXd::Random(d, d),
          .noise = 0.01 * noise};
}

void RunDenseSteps(benchmark::State& state, const adamsde::GaussianKernel& kernel, double flops,
                   adamsde::Precision precision) {
  const auto stepper = adamsde::MakeKernelStepper(kernel, precision);
  adamsde::Tile tile(*stepper, 0);
  std::uint64_t step = 0;
  constexpr std::uint64_t kSteps = 8;
  for (auto _ : state) {
    stepper->Advance(kStream, step, kSteps, tile);
    step += kSteps;
  }
  SetRate(state, "steps", kSteps * static_cast<double>(kBlockChains));
  SetRate(state, "flops", kSteps * static_cast<double>(kBlockChains) * flops);
}

double Square(benchmark::State& state) {
  return static_cast<double>(state.range(0)) * static_cast<double>(state.range(0));
}

/// With white noise, as the schemes take them wherever the noise has an inverse: 2d² flops.
void RunWhiteSteps(benchmark::State& state, adamsde::Precision precision) {
  adamsde::GaussianKernel kernel = AnyKernel(state.range(0));
  kernel.noise.setIdentity();
  RunDenseSteps(state, kernel, 2 * Square(state), precision);
}

void DenseSteps(benchmark::State& state) { RunWhiteSteps(state, adamsde::Precision::kDouble); }
BENCHMARK(DenseSteps)->Arg(10)->Arg(32)->Arg(100)->Arg(256)->Arg(512)->Arg(1000)->Arg(2000);

void FloatDenseSteps(benchmark::State& state) { RunWhiteSteps(state, adamsde::Precision::kFloat); }
BENCHMARK(FloatDenseSteps)->Arg(100)->Arg(1000);

/// With a triangular noise factor: 2d² + d² flops.
void TriangularSteps(benchmark::State& state) {
  RunDenseSteps(state, AnyKernel(state.range(0)), 3 * Square(state), adamsde::Precision::kDouble);
}
BENCHMARK(TriangularSteps)->Arg(10)->Arg(32)->Arg(100)->Arg(256)->Arg(512)->Arg(1000)->Arg(2000);

/// The products alone, by one-thread OpenBLAS, on the shapes of one block: dgemm and dtrmm.
void BlasProducts(benchmark::State& state) {
  const Eigen::Index d = state.range(0);
  const adamsde::GaussianKernel kernel = AnyKernel(d);
  Eigen::MatrixXd y = Eigen::MatrixXd::Random(d, kBlockChains);
  Eigen::MatrixXd z = Eigen::MatrixXd::Random(d, kBlockChains);
  const auto n = static_cast<int>(d);
  const auto chains = static_cast<int>(kBlockChains);
  for (auto _ : state) {
    cblas_dtrmm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, chains, 1.0,
                kernel.noise.data(), n, z.data(), n);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, chains, n, 1.0,
                kernel.increment.data(), n, y.data(), n, 1.0, z.data(), n);
    benchmark::DoNotOptimize(z.data());
  }
  SetRate(state, "steps", static_cast<double>(kBlockChains));
  SetRate(state, "flops", 3 * Square(state) * static_cast<double>(kBlockChains));
}
BENCHMARK(BlasProducts)->Arg(100)->Arg(256)->Arg(512)->Arg(1000)->Arg(2000);

void Eigendecomposition(benchmark::State& state) {
  const Eigen::Index d = state.range(0);
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(d, d);
  const Eigen::MatrixXd symmetric = x + x.transpose();
  for (auto _ : state)
    benchmark::DoNotOptimize(adamsde::DecomposeSymmetric(symmetric).values.data());
}
BENCHMARK(Eigendecomposition)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  adamsde::UseFastBlasKernels();
  adamsde::UseSingleThreadedBlas();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
