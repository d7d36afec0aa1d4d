#include <fmt/format.h>

#include <exception>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "cli/io/error.h"
#include "cli/io/text.h"
#include "cli/standard_streams.h"
#include "networks/arguments.h"
#include "networks/run_training.h"
#include "sde/ensemble/blas_threads.h"

namespace {

using adamsde::ExitCode;

ExitCode Run(const std::vector<std::string>& words) {
  using namespace adamsde::networks;
  const NetArguments arguments = ParseNetArguments(words);
  if (arguments.command.empty()) {
    fmt::print("{}", arguments.message);
    return ExitCode::kDone;
  }
  if (arguments.device == "cuda") RequireCuda();
  adamsde::UseSingleThreadedBlas();
  SetTorchThreads(arguments.threads);
  ListenForInterrupts();
  using Command = ExitCode (*)(const NetArguments&);
  const std::map<std::string, Command> commands = {
      {"train", RunTrain}, {"spectrum", RunSpectrum}, {"table1", RunTable1}};
  return commands.at(arguments.command)(arguments);
}

ExitCode ReportError(ExitCode code, const std::string& message) {
  adamsde::Say(adamsde::PrintableMessage(message), "adamsde-net");
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const auto guarded = [&] {
    try {
      const ExitCode code = Run(std::vector<std::string>(argv + 1, argv + argc));
      adamsde::FinishStdout();
      return code;
    } catch (const adamsde::networks::InterruptedError& error) {
      return ReportError(ExitCode::kInterrupted, error.what());
    } catch (const std::domain_error& error) {
      return ReportError(ExitCode::kNoAnswer, error.what());
    } catch (const adamsde::IoError& error) {
      return ReportError(ExitCode::kIo, error.what());
    } catch (const std::system_error& error) {
      return ReportError(ExitCode::kIo, error.what());
    } catch (const std::bad_alloc&) {
      return ReportError(ExitCode::kBadInput, "out of memory (the network is too large)");
    } catch (const std::exception& error) {
      return ReportError(ExitCode::kBadInput, error.what());
    }
  };
  return static_cast<int>(guarded());
}
