#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "cli/arguments.h"
#include "cli/build_facts.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/io/error.h"
#include "cli/io/text.h"
#include "cli/mpi_ranks.h"
#include "cli/standard_streams.h"
#include "sde/ensemble/blas_threads.h"

namespace {

using adamsde::ExitCode;

/// Matrices come and go all the time: their pages stay, instead of being fetched from the kernel
/// and cleared each time.
void KeepFreedPages() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 1 << 25);  // the most it takes
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

/// What a rank other than the root is to do: the work, and nothing that is seen.
void BeSilent(adamsde::Options& options) {
  for (std::string* const file : {&options.out, &options.report, &options.plot}) file->clear();
  options.json = false;
  options.progress = "never";
  if (std::freopen("/dev/null", "w", stdout) == nullptr) std::fclose(stdout);
}

/// Bit for bit, results are those of one process only where all ranks run the same kernels.
void WarnOfUnequalCpus(adamsde::RankGroup& ranks) {
  if (ranks.Size() == 1) return;
  const std::vector<std::string> kernels = ranks.AllGather(adamsde::KernelsInUse());
  const auto other = std::find_if(kernels.begin(), kernels.end(),
                                  [&](const std::string& k) { return k != kernels.front(); });
  if (other == kernels.end() || !ranks.IsRoot()) return;
  adamsde::Say(
      fmt::format("rank {} runs on another type of CPU ('{}', rank 0 on '{}'): last digits "
                  "depend on which does what",
                  other - kernels.begin(), *other, kernels.front()));
}

ExitCode Run(const std::vector<std::string>& words, adamsde::RankGroup& ranks) {
  KeepFreedPages();
  adamsde::UseFastBlasKernels();
  WarnOfUnequalCpus(ranks);
  adamsde::Arguments arguments = adamsde::ParseArguments(words);
  arguments.options.ranks = &ranks;
  if (!ranks.IsRoot()) BeSilent(arguments.options);
  if (arguments.command.empty()) {
    fmt::print("{}", arguments.message);
    return ExitCode::kDone;
  }
  adamsde::UseSingleThreadedBlas();
  using Command = ExitCode (*)(const adamsde::Arguments&);
  const std::map<std::string, Command> commands = {
      {"posterior", adamsde::RunPosterior}, {"simulate", adamsde::RunSimulate},
      {"check", adamsde::RunCheck},         {"bound", adamsde::RunBound},
      {"converge", adamsde::RunConverge},   {"sweep", adamsde::RunSweep},
      {"spectrum", adamsde::RunSpectrum},   {"problem", adamsde::RunProblem},
      {"report", adamsde::RunReport}};
  return commands.at(arguments.command)(arguments);
}

ExitCode Report(ExitCode code, const std::string& message) {
  adamsde::Say(adamsde::PrintableMessage(message));
  return code;
}

/// Runs one step, an exception of which becomes its exit code and, by `report`, a message.
template <typename Step, typename Reporter>
ExitCode Guard(const Step& step, const Reporter& report) {
  try {
    return step();
  } catch (const adamsde::Interrupted&) {
    return ExitCode::kInterrupted;
  } catch (const std::invalid_argument& error) {
    return report(ExitCode::kBadInput, error.what());
  } catch (const std::domain_error& error) {
    return report(ExitCode::kNoAnswer, error.what());
  } catch (const adamsde::IoError& error) {
    return report(ExitCode::kIo, error.what());
  } catch (const std::system_error& error) {
    return report(ExitCode::kIo, error.what());
  } catch (const std::bad_alloc&) {
    return report(ExitCode::kBadInput, "out of memory (the problem is too large for this machine)");
  } catch (const std::exception& error) {
    return report(ExitCode::kBadInput, error.what());
  }
}

/// One message for the job: what all ranks would say, the root says first, and ends them.
ExitCode ReportForAll(const adamsde::RankGroup& ranks, ExitCode code, const std::string& message) {
  if (!ranks.IsRoot()) std::this_thread::sleep_for(std::chrono::milliseconds(500));
  Report(code, ranks.IsRoot() ? message : fmt::format("rank {}: {}", ranks.Rank(), message));
  adamsde::EndAllRanks(ranks, static_cast<int>(code));
  return code;
}

ExitCode RunShared(const std::vector<std::string>& words) {
  const std::shared_ptr<adamsde::RankGroup> ranks = adamsde::StartRanks();
  const auto run = [&] {
    const ExitCode code = Run(words, *ranks);
    adamsde::FinishStdout();
    return code;
  };
  return Guard(run, [&](ExitCode code, const std::string& message) {
    return ReportForAll(*ranks, code, message);
  });
}

}  // namespace

int main(int argc, char** argv) {
  // Where there is something to save, it is caught.
  std::signal(SIGINT, [](int) { std::_Exit(static_cast<int>(ExitCode::kInterrupted)); });
  std::signal(SIGXFSZ, SIG_IGN);  // a quota is an error of writing, with its message
  const std::vector<std::string> words(argv + 1, argv + argc);
  return static_cast<int>(Guard([&] { return RunShared(words); }, &Report));
}
