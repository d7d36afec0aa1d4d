#include "cli/converge_report.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace adamsde {
namespace {

constexpr std::array<const char*, kQuantities> kNames = {
    "surrogate_gradient", "move",  "move_weighted", "momentum_error", "loss",    "surrogate",
    "gradient",           "scale", "distance",      "vacuous",        "violated"};

const char* const kDiverged = "the runs diverged";

Json Optional(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

/// left/right, where the right side is not 0.
std::optional<double> Ratio(const Inequality& i) {
  const double ratio = i.left / i.Right();
  return std::isfinite(ratio) ? std::optional(ratio) : std::nullopt;
}

std::string Number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? fmt::format("{:.4g}", *value) : "-";
}

/// "-" where nothing was sampled or the runs diverged.
std::string StandardError(const Inequality& i) {
  return std::isfinite(i.left_stderr) && i.left_stderr > 0 ? fmt::format("{:.2g}", i.left_stderr)
                                                           : "-";
}

}  // namespace

Json ToJson(const TheoremConstants& c) {
  Json json;
  json["smoothness"] = c.smoothness;
  json["gradient_bound"] = c.gradient_bound;
  json["noise_variance"] = c.noise_variance;
  json["batch_size"] = c.batch_size;
  json["delta"] = c.delta;
  json["weight_decay"] = c.weight_decay;
  json["gap0"] = c.gap;
  json["regularizer"] = c.regularizer;
  json["c1"] = c.C1();
  json["c2"] = c.C2();
  if (c.pl_constant) {
    json["pl_constant"] = *c.pl_constant;
  } else {
    SetNull(json, "pl_constant", "none is known for this loss");
  }
  return json;
}

Json ToJson(const std::vector<ParameterRow>& parameters) {
  Json rows = Json::array();
  for (const ParameterRow& p : parameters) {
    Json json;
    json["parameters"] = p.parameters;
    json["stage"] = p.stage == 0 ? Json(nullptr) : Json(p.stage);
    json["epsilon"] = p.epsilon;
    json["rate"] = p.rate.decaying ? "decaying" : "constant";
    SetNumber(json, "beta1", p.rate.beta1, "no noise");
    SetNumber(json, "learning_rate", p.rate.eta, "no noise");
    json["beta1_cap"] = p.rate.cap;
    SetNumber(json, "iterations", p.rate.iterations, "no number of iterations reaches epsilon");
    json["run"] = p.run;
    json["notes"] = p.rate.notes;
    rows.push_back(json);
  }
  return rows;
}

Json ToJson(const std::vector<Inequality>& inequalities) {
  Json rows = Json::array();
  for (const Inequality& i : inequalities) {
    Json json;
    json["name"] = i.name;
    json["parameters"] = i.parameters;
    SetNumber(json, "left", i.left, kDiverged);
    SetNumber(json, "left_stderr", i.left_stderr, kDiverged);
    json["right_print"] = Optional(i.right_print);
    json["right_proof"] = Optional(i.right_proof);
    if (const auto ratio = Ratio(i)) {
      json["ratio"] = *ratio;
    } else {
      SetNull(json, "ratio", "the right side is 0, or the runs diverged");
    }
    json["verdict"] = ToString(i.verdict);
    json["verdict_print"] = i.right_print ? Json(ToString(i.verdict_print)) : Json(nullptr);
    json["detail"] = i.detail;
    rows.push_back(json);
  }
  return rows;
}

Json ToJson(const std::vector<MeasuredRun>& measured) {
  Json rows = Json::array();
  for (const MeasuredRun& run : measured) {
    Json json;
    json["run"] = run.run;
    for (std::size_t q = 0; q < kQuantities; ++q) {
      Json value;
      SetNumber(value, "mean", run.average[q].mean, kDiverged);
      SetNumber(value, "stderr", run.average[q].StandardError(), kDiverged);
      json[kNames[q]] = value;
    }
    SetNumber(json, "largest_x", run.largest_x, kDiverged);
    json["diverged"] = run.diverged;
    rows.push_back(json);
  }
  return rows;
}

Json ToJson(const std::vector<NamedSlope>& slopes) {
  Json rows = Json::array();
  for (const NamedSlope& s : slopes) {
    rows.push_back(
        {{"name", s.name}, {"slope", s.slope.value}, {"stderr", s.slope.standard_error}});
  }
  return rows;
}

Json ToJson(const std::vector<ComplexityRow>& rows) {
  Json list = Json::array();
  for (const ComplexityRow& row : rows) {
    Json json;
    json["name"] = row.name;
    json["formula"] = row.formula;
    SetNumber(json, "predicted", row.predicted, "overflow");
    json["theorem_iterations"] = Optional(row.theorem);
    json["measured_iterations"] = Optional(row.measured);
    json["measured_relative_error"] = Optional(row.measured_relative_error);
    json["exponent"] = row.exponent ? Json(row.exponent->value) : Json(nullptr);
    json["exponent_stderr"] = row.exponent ? Json(row.exponent->standard_error) : Json(nullptr);
    list.push_back(json);
  }
  return list;
}

Json ToJson(const std::vector<ComplexityPoint>& points) {
  Json list = Json::array();
  for (const ComplexityPoint& p : points) {
    list.push_back({{"name", p.name},
                    {"epsilon", p.epsilon},
                    {"theorem_iterations", p.theorem},
                    {"measured_iterations", p.measured},
                    {"relative_error", p.relative_error}});
  }
  return list;
}

std::string ParameterTable(const std::vector<ParameterRow>& parameters) {
  std::string text = fmt::format("{:12} {:>5} {:>10} {:>11} {:>11} {:>12}  {}\n", "parameters",
                                 "stage", "epsilon", "beta1", "eta", "iterations", "run");
  for (const ParameterRow& p : parameters) {
    text += fmt::format("{:12} {:>5} {:>10.4g} {:>11.4g} {:>11.4g} {:>12.6g}  {}\n", p.parameters,
                        p.stage == 0 ? "-" : std::to_string(p.stage), p.epsilon, p.rate.beta1,
                        p.rate.eta, p.rate.iterations, p.run ? "yes" : "no");
  }
  return text + "\n";
}

std::string InequalityTable(const std::vector<Inequality>& inequalities) {
  std::string text = fmt::format("{:20} {:22} {:>10} {:>9} {:>10} {:>10} {:>9}  {:14} {:14} {}\n",
                                 "inequality", "parameters", "left", "stderr", "print", "proof",
                                 "ratio", "verdict", "of print", "what the left side is");
  for (const Inequality& i : inequalities) {
    text += fmt::format("{:20} {:22} {:>10.4g} {:>9} {:>10} {:>10} {:>9}  {:14} {:14} {}\n", i.name,
                        i.parameters, i.left, StandardError(i), Number(i.right_print),
                        Number(i.right_proof), Number(Ratio(i)), ToString(i.verdict),
                        i.right_print ? ToString(i.verdict_print) : "-", i.detail);
  }
  return text;
}

std::string ComplexityTable(const std::vector<ComplexityRow>& rows) {
  std::string text = fmt::format("{:14} {:>11} {:>12} {:>22} {:>18}  {}\n", "complexity",
                                 "predicted", "theorem's T", "measured to epsilon", "exponent (4?)",
                                 "order, constants dropped");
  for (const ComplexityRow& row : rows) {
    const std::string measured = row.measured
                                     ? fmt::format("{:.4g} +- {:.2g}", *row.measured,
                                                   *row.measured * *row.measured_relative_error)
                                     : "-";
    const std::string exponent = row.exponent ? fmt::format("{:.3f} +- {:.3f}", row.exponent->value,
                                                            row.exponent->standard_error)
                                              : "-";
    text += fmt::format("{:14} {:>11.4g} {:>12} {:>22} {:>18}  {}\n", row.name, row.predicted,
                        Number(row.theorem), measured, exponent, row.formula);
  }
  return text;
}

std::string TrajectoryCsv(const std::vector<Trajectory>& trajectories) {
  std::string text = "run,iteration";
  for (const char* const name : kNames) text += fmt::format(",{0},{0}_stderr", name);
  text += ",running_average,running_average_stderr\n";
  for (const Trajectory& t : trajectories) {
    for (const DescentRecord& r : t.records) {
      text += fmt::format("{},{}", t.run, r.iteration);
      for (const RunAverage& a : r.at) text += fmt::format(",{},{}", a.mean, a.StandardError());
      text += fmt::format(",{},{}\n", r.running_average.mean, r.running_average.StandardError());
    }
  }
  return text;
}

}  // namespace adamsde
