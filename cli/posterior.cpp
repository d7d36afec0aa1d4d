#include "cli/commands.h"
#include "cli/posterior_report.h"

namespace adamsde {

ExitCode RunPosterior(const Arguments& arguments) {
  Result result(arguments);
  const Problem problem = LoadProblem(arguments.options);
  const Options options = CompleteOptions(arguments, problem, result);
  result.Finish(AddPosterior(problem, options, result));
  return ExitCode::kDone;
}

}  // namespace adamsde
