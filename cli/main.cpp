#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/io/error.h"
#include "cli/io/text.h"
#include "sde/ensemble/blas_threads.h"

namespace {

using adamsde::ExitCode;

ExitCode Run(const std::vector<std::string>& words) {
  adamsde::UseFastBlasKernels();
  const adamsde::Arguments arguments = adamsde::ParseArguments(words);
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
      {"spectrum", adamsde::RunSpectrum},   {"problem", adamsde::RunProblem}};
  return commands.at(arguments.command)(arguments);
}

ExitCode Report(ExitCode code, const std::string& message) {
  fmt::print(stderr, "adamsde: {}\n", adamsde::PrintableMessage(message));
  return code;
}

ExitCode RunGuarded(const std::vector<std::string>& words) {
  try {
    return Run(words);
  } catch (const std::invalid_argument& error) {
    return Report(ExitCode::kBadInput, error.what());
  } catch (const std::domain_error& error) {
    return Report(ExitCode::kNoAnswer, error.what());
  } catch (const adamsde::IoError& error) {
    return Report(ExitCode::kIo, error.what());
  } catch (const std::system_error& error) {
    return Report(ExitCode::kIo, error.what());
  } catch (const std::bad_alloc&) {
    return Report(ExitCode::kBadInput, "out of memory (the problem is too large for this machine)");
  } catch (const std::exception& error) {
    return Report(ExitCode::kBadInput, error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  // Nothing to save outside simulate, which catches interrupts itself.
  std::signal(SIGINT, [](int) { std::_Exit(static_cast<int>(ExitCode::kInterrupted)); });
  return static_cast<int>(RunGuarded(std::vector<std::string>(argv + 1, argv + argc)));
}
