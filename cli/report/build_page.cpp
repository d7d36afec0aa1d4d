#include "cli/report/build_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "cli/report/figures.h"
#include "cli/report/json_tables.h"
#include "cli/report/knobs.h"

namespace adamsde {
namespace {

/// What a key of result.json holds, for its section.
struct Topic {
  const char* key;
  const char* title;
  const char* caption;
};

constexpr Topic kTopics[] = {
    {"stationary", "Stationary law",
     "The SDE's own law; rates per unit of SDE time (learning rate × iterations)"},
    {"euler_maruyama", "Law of Euler–Maruyama",
     "Exact law of the discretized SDE, and its bias against the SDE's own"},
    {"momentum", "Law of the optimizer with momentum",
     "Frozen preconditioner, discrete steps, exact"},
    {"paper", "The covariance as the paper prints it",
     "Printed matrix against the true covariance, Frobenius norms relative to the latter"},
    {"bound", "PAC-Bayes bound", "Φ = √(8/n)·√(err + c0) in three readings of Theorem 6"},
    {"corollary3", "Corollary 3", "err of both optimizers from the spectrum alone"},
    {"alternatives", "Tighter bounds",
     "Bounds on the risk of a loss in [0, 1], from the same KL divergence"},
    {"sample", "Sample", "What was sampled, and how it compares with the law of the scheme run"},
    {"plan", "Plan", "What would be run"},
    {"claims", "Claims", "Each claim of the paper, judged on this problem"},
    {"ladder", "Ladder", "From Lemma 5 to the real optimizer: one approximation dropped per rung"},
    {"paired", "AdamW against ℓ2-Adam", "Rung 6 of both optimizers on the same random numbers"},
    {"minimum", "Minima over weight decay",
     "Least values over the range of λ, and what is proved about them"},
    {"map", "Map over a second parameter", "Minimizing λ as the parameter moves"},
    {"inequalities", "Inequalities",
     "Left and right sides of the statements, with standard errors over independent runs"},
    {"parameters", "Parameters",
     "What the theorem prescribes: printed, as its proof has them, corrected"},
    {"constants", "Constants", "Of the loss and the noise"},
    {"complexity", "Complexities", "Iterations to reach ε"},
    {"points", "Measured complexities", "Iterations measured at several ε"},
    {"averages", "Averages", "Measured along the runs"},
    {"trace", "Trace of the Hessian", "Estimated from random probes"},
    {"log_det", "Log determinant of the Hessian", "Estimated from random probes"},
    {"exact", "Exact values", "From the eigenvalues themselves"},
    {"matrix_free", "Estimates without a matrix", "By Lanczos quadrature, with standard errors"},
    {"data", "Data", "Loss and accuracy at the minimizer"},
    {"preconditioner", "Self-consistent preconditioner", "How the fixed point was found"},
    {"prior_variance_grid", "Prior variance chosen by the data", "At a union price over the grid"},
};

constexpr std::array kOnTheFrame = {"schema",  "version", "options",      "dimension", "files",
                                    "seconds", "command", "problem_hash", "modes"};

using FigureMaker = std::vector<Figure> (*)(const Json& result, const ReportFiles& files);

struct Command {
  const char* name;
  const char* title;
  const char* lead;
  std::vector<FigureMaker> figures;
};

const Command kCommands[] = {
    {"posterior",
     "Posterior laws",
     "Closed-form stationary laws of the optimizer and the bound they give.",
     {LawFigures, BoundFigures}},
    {"simulate",
     "Sample against law",
     "An ensemble of chains, compared with the exact law of the scheme that made it.",
     {SampleFigures, LawFigures}},
    {"check",
     "The paper's claims",
     "Each claim judged on this problem, and the ladder from Lemma 5 to the real optimizer.",
     {CheckFigures}},
    {"bound",
     "PAC-Bayes bounds",
     "The bound Φ in three readings, and its relatives.",
     {BoundFigures}},
    {"sweep",
     "The bound over weight decay",
     "err, Φ, risk and risk + Φ as functions of the weight decay λ, and their minima.",
     {SweepFigures}},
    {"converge",
     "Convergence measured",
     "The paper's convergence statements, each inequality measured.",
     {ConvergeFigures}},
    {"spectrum",
     "Spectrum of the Hessian",
     "Eigenvalue density by Lanczos quadrature.",
     {SpectrumFigures}},
};

const Command& CommandOf(const Json& result) {
  const std::string schema = result.value("schema", "");
  for (const Command& command : kCommands) {
    if (schema == fmt::format("adamsde.{}.v1", command.name)) return command;
  }
  throw std::invalid_argument(fmt::format("schema '{}' is not known to this version", schema));
}

Section MakeSection(const std::string& key, const Json& value) {
  for (const Topic& topic : kTopics) {
    if (key == topic.key) return {.title = topic.title, .blocks = JsonTables(topic.caption, value)};
  }
  return {.title = Readable(key), .blocks = JsonTables(Readable(key), value)};
}

Section Summary(const Json& result) {
  Json values = Json::object();
  for (const auto& [key, value] : result.items()) {
    if (std::find(kOnTheFrame.begin(), kOnTheFrame.end(), key) != kOnTheFrame.end()) continue;
    if (!value.is_structured() || (value.is_array() && !value.empty() && value[0].is_primitive())) {
      values[key] = value;
    }
  }
  return {.title = "Summary", .blocks = JsonTables("Single numbers and conclusions", values)};
}

/// With the name of the problem, or of converge's own loss.
std::string TitleOf(const Command& command, const Json& result) {
  const Json& options = result.at("options");
  const bool own_loss = !result.contains("problem_hash");
  const auto name = options.find(own_loss ? "loss" : "problem");
  if (name == options.end() || !name->is_string()) return command.title;
  return fmt::format("{}: {}", command.title, name->get<std::string>());
}

std::vector<Figure> Figures(const Command& command, const Json& result, const ReportFiles& files) {
  std::vector<Figure> all;
  for (const FigureMaker make : command.figures) {
    for (Figure& figure : make(result, files)) all.push_back(std::move(figure));
  }
  return all;
}

/// JSON of another shape than a result's is bad input too.
template <typename Make>
auto Guarded(const Make& make) {
  try {
    return make();
  } catch (const Json::exception& error) {
    throw std::invalid_argument(fmt::format("not a result of adamsde ({})", error.what()));
  }
}

Page Build(const Json& result, const ReportFiles& files) {
  const Command& command = CommandOf(result);
  if (!result.at("options").is_object()) throw std::invalid_argument("options is not an object");
  Page page{
      .title = TitleOf(command, result), .lead = command.lead, .sections = {}, .result = result};
  const Section summary = Summary(result);
  if (!summary.blocks.empty()) page.sections.push_back(summary);
  Section pictures{.title = "Figures", .blocks = {}};
  for (Figure& figure : Figures(command, result, files)) {
    pictures.blocks.emplace_back(std::move(figure));
  }
  if (!pictures.blocks.empty()) page.sections.push_back(std::move(pictures));
  if (result.contains("modes_reason")) {
    page.sections.push_back(
        {.title = "Live knobs",
         .blocks = {Paragraph{"None here: " + result["modes_reason"].get<std::string>() + "."}}});
  }
  if (auto knobs = MakeKnobs(result, files)) {
    page.sections.push_back(
        {.title = "Live knobs",
         .blocks = {Paragraph{"Move a knob: the bound and the posterior are computed anew from the "
                              "modes of this problem, by the same formulas as the program's."},
                    std::move(*knobs)}});
  }
  for (const auto& [key, value] : result.items()) {
    if (std::find(kOnTheFrame.begin(), kOnTheFrame.end(), key) != kOnTheFrame.end()) continue;
    if (!value.is_structured() || value.empty()) continue;
    if (value.is_array() && value[0].is_primitive()) continue;
    page.sections.push_back(MakeSection(key, value));
  }
  return page;
}

}  // namespace

std::vector<Figure> MakeFigures(const Json& result, const ReportFiles& files) {
  return Guarded([&] { return Figures(CommandOf(result), result, files); });
}

Page MakePage(const Json& result, const ReportFiles& files) {
  return Guarded([&] { return Build(result, files); });
}

}  // namespace adamsde
