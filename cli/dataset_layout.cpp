#include "cli/dataset_layout.h"

#include <fmt/format.h>

#include <stdexcept>

namespace adamsde {
namespace {

Json ClassesJson(const DatasetLayout& layout) {
  Json classes = Json::array();
  for (std::size_t k = 0; k < layout.classes.size(); ++k) {
    classes.push_back({{"name", layout.classes[k]},
                       {"train_rows", layout.train_counts[k]},
                       {"test_rows", layout.test_counts[k]}});
  }
  return classes;
}

std::string ScoreText(const Json& score) {
  std::string text = fmt::format("loss {:.6g}", score["loss"].get<double>());
  if (score.contains("accuracy")) {
    text += fmt::format(", accuracy {:.4f}", score["accuracy"].get<double>());
  }
  return text;
}

}  // namespace

Json ScoreJson(const SampledLoss& loss, const Eigen::VectorXd& x) {
  Json json;
  json["rows"] = loss.NumSamples();
  json["loss"] = loss.Value(x);
  if (const auto accuracy = loss.Accuracy(x)) json["accuracy"] = *accuracy;
  return json;
}

Json LayoutJson(const DatasetProblem& problem, bool at_minimizer) {
  const DatasetLayout& layout = problem.layout;
  Json json;
  json["dimension"] = problem.loss->Dimension();
  json["train_rows"] = problem.loss->NumSamples();
  json["test_rows"] = problem.test != nullptr ? problem.test->NumSamples() : 0;
  json["features"] = layout.features;
  json["intercept"] = layout.intercept;
  json["target"] = layout.target;
  json["classes"] = ClassesJson(layout);
  json["constant_columns"] = layout.constant_columns;
  if (!at_minimizer) return json;
  try {
    const Eigen::VectorXd x = problem.loss->Minimizer();
    json["at_minimizer"]["train"] = ScoreJson(*problem.loss, x);
    if (problem.test != nullptr) json["at_minimizer"]["test"] = ScoreJson(*problem.test, x);
  } catch (const std::domain_error& error) {
    json["at_minimizer"] = nullptr;
    json["at_minimizer_reason"] = error.what();
  }
  return json;
}

std::string LayoutComments(const Json& layout) {
  std::string text =
      fmt::format("# {} rows to train, {} to test; {} features{}, target '{}'; d = {}\n",
                  layout["train_rows"].get<std::int64_t>(), layout["test_rows"].get<std::int64_t>(),
                  layout["features"].get<std::size_t>(),
                  layout["intercept"].get<bool>() ? " and the intercept" : "",
                  layout["target"].get<std::string>(), layout["dimension"].get<std::int64_t>());
  if (!layout["classes"].empty()) {
    text += "# classes (rows to train, to test):";
    for (const Json& item : layout["classes"]) {
      text += fmt::format(" {} ({}, {})", item["name"].get<std::string>(),
                          item["train_rows"].get<std::int64_t>(),
                          item["test_rows"].get<std::int64_t>());
    }
    text += "\n";
  }
  if (!layout["constant_columns"].empty()) {
    text += "# constant columns:";
    for (const Json& name : layout["constant_columns"]) {
      text += fmt::format(" {}", name.get<std::string>());
    }
    text += "\n";
  }
  if (!layout.contains("at_minimizer")) return text;
  if (layout["at_minimizer"].is_null()) {
    return text + fmt::format("# {}\n", layout["at_minimizer_reason"].get<std::string>());
  }
  for (const auto& [rows, score] : layout["at_minimizer"].items()) {
    text += fmt::format("# {} rows at x*: {}\n", rows, ScoreText(score));
  }
  return text;
}

}  // namespace adamsde
