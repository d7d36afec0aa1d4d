#include "cli/report/build_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>

#include "cli/report/conclusions.h"
#include "cli/report/figures.h"
#include "cli/report/json_tables.h"
#include "cli/report/knobs.h"
#include "cli/report/network_page.h"

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
    {"diagonal", "Diagonal of the Hessian", "By Hutchinson's estimator"},
    {"err_per_parameter", "err per parameter", "Of every formula, with standard errors"},
    {"layers", "Layers", "Tensors of parameters, in their order"},
    {"train", "Training rows", "Loss and accuracy at the end"},
    {"validation", "Validation rows", "Loss and accuracy at the end"},
    {"test", "Test rows", "Loss and accuracy at the end"},
    {"diverged", "Diverged", "Where training left the finite numbers"},
    {"preconditioner", "Self-consistent preconditioner", "How the fixed point was found"},
    {"prior_variance_grid", "Prior variance chosen by the data", "At a union price over the grid"},
};

constexpr std::array kOnTheFrame = {"schema",  "version", "options",      "dimension", "files",
                                    "seconds", "command", "problem_hash", "modes"};

using FigureMaker = std::vector<Figure> (*)(const Json& result, const ReportFiles& files);
using SectionMaker = std::vector<Section> (*)(const Json& result);

struct Command {
  const char* schema;
  const char* title;
  const char* lead;
  std::vector<FigureMaker> figures;
  SectionMaker sections = nullptr;  ///< instead of one for each key of result.json
};

const Command kCommands[] = {
    {"adamsde.posterior.v1",
     "Posterior laws",
     "Closed-form stationary laws of the optimizer and the bound they give.",
     {LawFigures, BoundFigures}},
    {"adamsde.simulate.v1",
     "Sample against law",
     "An ensemble of chains, compared with the exact law of the scheme that made it.",
     {SampleFigures, LawFigures}},
    {"adamsde.check.v1",
     "The paper's claims",
     "Each claim judged on this problem, and the ladder from Lemma 5 to the real optimizer.",
     {CheckFigures}},
    {"adamsde.bound.v1",
     "PAC-Bayes bounds",
     "The bound Φ in three readings, and its relatives.",
     {BoundFigures}},
    {"adamsde.sweep.v1",
     "The bound over weight decay",
     "err, Φ, risk and risk + Φ as functions of the weight decay λ, and their minima.",
     {SweepFigures}},
    {"adamsde.converge.v1",
     "Convergence measured",
     "The paper's convergence statements, each inequality measured.",
     {ConvergeFigures}},
    {"adamsde.spectrum.v1",
     "Spectrum of the Hessian",
     "Eigenvalue density by Lanczos quadrature.",
     {SpectrumFigures}},
    {"adamsde-net.train.v1",
     "A network trained",
     "Training by Algorithm 1: curves, and loss and accuracy at the end.",
     {TrainingFigures}},
    {"adamsde-net.spectrum.v1",
     "Spectrum of a trained network's Hessian",
     "Eigenvalue density by Lanczos quadrature, and err per parameter from it.",
     {SpectrumFigures}},
    {"adamsde-net.table1.v1",
     "err in the bound against test accuracy",
     "The paper's Table 1, Fig. 1 and Fig. 2 on trained networks: every model, optimizer and seed.",
     {Table1Figures},
     Table1Sections},
};

const Command& CommandOf(const Json& result) {
  const std::string schema = result.value("schema", "");
  for (const Command& command : kCommands) {
    if (schema == command.schema) return command;
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
  Section section{.title = "Summary", .blocks = {}};
  if (const std::string conclusion = ConclusionOf(result); !conclusion.empty()) {
    section.blocks.emplace_back(Paragraph{conclusion});
  }
  if (values.empty()) return section;
  for (Block& block : JsonTables("Single numbers and conclusions", values)) {
    section.blocks.push_back(std::move(block));
  }
  return section;
}

/// A built-in problem, the file that states the problem, or converge's own loss.
std::string NameOfProblem(const Json& result) {
  const Json& options = result.at("options");
  const auto text = [&](const char* key) {
    const auto it = options.find(key);
    return it != options.end() && it->is_string() ? it->get<std::string>() : std::string();
  };
  if (!result.contains("problem_hash")) return text("loss");
  // Options left to their default are in force too: --problem is named only where no file is.
  for (const char* const key : {"drift", "spectrum", "dataset", "hessian"}) {
    const std::string file = text(key);
    if (!file.empty() && file != "inline") return std::filesystem::path(file).filename().string();
  }
  return std::filesystem::path(text("problem")).filename().string();
}

std::string TitleOf(const Command& command, const Json& result) {
  const std::string name = NameOfProblem(result);
  return name.empty() ? command.title : fmt::format("{}: {}", command.title, name);
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
  if (command.sections != nullptr) {
    page.sections = command.sections(result);
  } else if (Section summary = Summary(result); !summary.blocks.empty()) {
    page.sections.push_back(std::move(summary));
  }
  Section pictures{.title = "Figures", .blocks = {}};
  for (Figure& figure : Figures(command, result, files)) {
    pictures.blocks.emplace_back(std::move(figure));
  }
  if (!pictures.blocks.empty()) {
    page.sections.insert(page.sections.begin() + (page.sections.empty() ? 0 : 1),
                         std::move(pictures));
  }
  if (command.sections != nullptr) return page;
  if (result.contains("modes_reason")) {
    page.sections.push_back(
        {.title = "Live knobs",
         .blocks = {Paragraph{"None here: " + result["modes_reason"].get<std::string>() + "."}}});
  }
  if (auto knobs = MakeKnobs(result, files)) {
    page.sections.push_back(
        {.title = "Live knobs",
         .blocks = {Paragraph{"Move a knob: the numbers are computed anew in the page, by the same "
                              "formulas as the program's."},
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
