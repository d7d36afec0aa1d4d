#include "networks/table1/report.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>

namespace adamsde::networks {
namespace {

constexpr const char* kNoBounds = "no floor, negative eigenvalues left out, or no seed";

/// What a row of the table says, each as mean over seeds.
struct RowSummary {
  RunEstimate corollary3, matrix_free, accuracy, unit;
  Enclosure bounds{};         ///< of corollary3, for any number of Lanczos steps
  double lanczos_stderr = 0;  ///< root mean square of the members' own, Corollary 3
  double truncation = 0;      ///< largest of the members', Corollary 3
  double matrix_free_truncation = 0;
  double accuracy_stderr = 0;  ///< binomial, of one network
  int diverged = 0;
  double seconds = 0;
};

RowSummary Summarize(const Table1Row& row) {
  RowSummary s{
      .corollary3 =
          OverSeeds(row, [&](const Member& m) { return OwnCorollary3(row, m).estimate.value; }),
      .matrix_free =
          OverSeeds(row, [&](const Member& m) { return OwnMatrixFree(row, m).estimate.value; }),
      .accuracy =
          OverSeeds(row, [](const Member& m) { return m.trained.curves.back().test_accuracy; }),
      .unit = OverSeeds(row, [](const Member& m) { return m.spectrum->shares.unit.value; })};
  s.bounds = {
      .low = OverSeeds(row, [&](const Member& m) { return OwnBounds(row, m).low; }).value,
      .high = OverSeeds(row, [&](const Member& m) { return OwnBounds(row, m).high; }).value};
  int count = 0;
  for (const Member& member : row.members) {
    s.seconds += member.trained.seconds;
    if (member.trained.diverged) ++s.diverged;
    if (!member.spectrum) continue;
    ++count;
    s.seconds += member.spectrum->seconds;
    s.lanczos_stderr += std::pow(OwnCorollary3(row, member).estimate.standard_error, 2);
    s.truncation = std::max(s.truncation, OwnCorollary3(row, member).truncation);
    s.matrix_free_truncation =
        std::max(s.matrix_free_truncation, OwnMatrixFree(row, member).truncation);
    s.accuracy_stderr = member.trained.test_accuracy_stderr;
  }
  s.lanczos_stderr = std::sqrt(s.lanczos_stderr / count);
  return s;
}

Json OverSeedsJson(const RunEstimate& estimate) {
  Json json;
  SetNumber(json, "value", estimate.value, "every seed diverged");
  SetNumber(json, "stderr", estimate.standard_error, "below two seeds");
  return json;
}

Json ToJson(const TrainedCell& cell) {
  Json json = {{"weight_decay", cell.cell.weight_decay}, {"seed", cell.cell.seed}};
  if (cell.diverged) json["diverged"] = networks::ToJson(*cell.diverged);
  json["curves"] = Json::array();
  for (const EpochRecord& record : cell.curves) json["curves"].push_back(networks::ToJson(record));
  return json;
}

Json ToJson(const Table1Row& row) {
  const RowSummary s = Summarize(row);
  Json json = {{"model", row.model},
               {"optimizer", row.optimizer},
               {"dimension", row.members.front().trained.dimension},
               {"weight_decay", row.weight_decay},
               {"diverged", s.diverged},
               {"seconds", s.seconds}};
  json["err_per_parameter"] = {{"corollary3", OverSeedsJson(s.corollary3)},
                               {"matrix_free", OverSeedsJson(s.matrix_free)}};
  SetNumber(json["err_per_parameter"]["corollary3"], "lanczos_stderr", s.lanczos_stderr,
            "a single run");
  SetNumber(json["err_per_parameter"]["corollary3"], "truncation", s.truncation,
            "no decay with the number of steps yet");
  SetNumber(json["err_per_parameter"]["corollary3"], "low", s.bounds.low, kNoBounds);
  SetNumber(json["err_per_parameter"]["corollary3"], "high", s.bounds.high, kNoBounds);
  SetNumber(json["err_per_parameter"]["matrix_free"], "truncation", s.matrix_free_truncation,
            "no decay with the number of steps yet");
  json["test_accuracy"] = OverSeedsJson(s.accuracy);
  json["test_accuracy"]["binomial_stderr"] = s.accuracy_stderr;
  json["mass_unit"] = OverSeedsJson(s.unit);
  for (const TrainedCell& cell : row.tuning) json["tuning"].push_back(ToJson(cell));
  for (const Member& member : row.members) {
    Json one = ToJson(member.trained);
    if (member.spectrum) {
      one["corollary3"] = OwnCorollary3(row, member).estimate.value;
      one["matrix_free"] = OwnMatrixFree(row, member).estimate.value;
      one["spectrum_file"] = "cells/" + member.trained.cell.Name() + ".npz";
    }
    json["members"].push_back(one);
  }
  return json;
}

const std::vector<std::string>& Unstated() {
  static const std::vector<std::string> list = {
      "how err was normalized (here per parameter, err/d)",
      "whether singular values are absolute eigenvalues, and what became of zeros (here the "
      "policy and floor of [spectrum])",
      "which learning rate and lambda enter x_i (here the base rate and the first step's lambda)",
      "the prior variance rho (here that of [spectrum])",
      "over which rows and in which mode of batch normalization the Hessian was taken (here a "
      "fixed subset of the training rows, evaluation mode)"};
  return list;
}

std::string PlusMinus(const RunEstimate& e, int digits) {
  return fmt::format("{:.{}f} +- {:.{}f}", e.value, digits, e.standard_error, digits);
}

void ForEachTraining(
    const Table1Report& report,
    const std::function<void(const Table1Row&, const TrainedCell&, const Member* member)>& visit) {
  for (const Table1Row& row : report.rows) {
    for (const TrainedCell& cell : row.tuning) visit(row, cell, nullptr);
    for (const Member& member : row.members) visit(row, member.trained, &member);
  }
}

}  // namespace

void AddJson(const Table1Report& report, Json& json) {
  for (const Table1Row& row : report.rows) json["rows"].push_back(ToJson(row));
  for (const Table1Verdict& v : report.verdicts) {
    Json one = {{"claim", v.claim}, {"model", v.model}, {"verdict", v.verdict}};
    one["pairs"] = v.test.pairs;
    SetNumber(one, "mean_difference", v.test.mean, "no pairs");
    SetNumber(one, "stderr", v.test.standard_error, "below two pairs");
    SetNumber(one, "p_one_sided", v.test.p_positive, "below two pairs");
    SetNumber(one, "p_two_sided", v.test.p_two_sided, "below two pairs");
    SetNumber(one, "p_holm", v.p_holm, "below two pairs");
    json["verdicts"].push_back(one);
  }
  json["unstated"] = Unstated();
  for (const Sensitivity& s : report.sensitivity) {
    Json one = {{"choice", s.choice}, {"pairs", s.pairs}, {"ordered", s.ordered}};
    SetNumber(one, "adamw", s.adamw, "no pairs");
    SetNumber(one, "l2_adam", s.l2_adam, "no pairs");
    json["sensitivity"].push_back(one);
  }
}

std::string ToText(const Table1Report& report) {
  std::string text =
      fmt::format("{:<12} {:<10} {:>7} {:>9} {:>19} {:>15} {:>19} {:>17} {:>8} {:>8}\n", "model",
                  "optimizer", "d", "lambda", "err/d Cor. 3", "any steps", "err/d matrix-free",
                  "test accuracy", "|s|<=1", "diverged");
  for (const Table1Row& row : report.rows) {
    const RowSummary s = Summarize(row);
    text += fmt::format(
        "{:<12} {:<10} {:>7} {:>9g} {:>19} {:>15} {:>19} {:>17} {:>8.4f} {:>8}\n", row.model,
        row.optimizer, row.members.front().trained.dimension, row.weight_decay,
        PlusMinus(s.corollary3, 4), fmt::format("{:.2f} to {:.2f}", s.bounds.low, s.bounds.high),
        PlusMinus(s.matrix_free, 4), PlusMinus(s.accuracy, 4), s.unit.value, s.diverged);
  }
  text +=
      "errors are over seeds; \"any steps\": what Corollary 3 can be with any number of Lanczos "
      "steps of these probes\n\n";
  text += fmt::format("{:<42} {:<10} {:<9} {:>23} {:>8} {:>8} {:>5}\n", "claim", "model", "verdict",
                      "mean difference", "p", "p Holm", "pairs");
  for (const Table1Verdict& v : report.verdicts) {
    const bool two_sided = v.claim.find("resembles") != std::string::npos;
    text +=
        fmt::format("{:<42} {:<10} {:<9} {:>23} {:>8.2g} {:>8.2g} {:>5}\n", v.claim, v.model,
                    v.verdict, fmt::format("{:.4g} +- {:.2g}", v.test.mean, v.test.standard_error),
                    two_sided ? v.test.p_two_sided : v.test.p_positive, v.p_holm, v.test.pairs);
  }
  text +=
      "verdicts are at p < 0.05 of each test alone; p Holm is two-sided and corrected for the "
      "number of all\n";
  text += "\nunstated in the paper:\n";
  for (const std::string& item : Unstated()) text += "  " + item + "\n";
  text +=
      fmt::format("\n{:<40} {:>10} {:>10} {:>16}\n", "err/d (Corollary 3) with one choice changed",
                  "AdamW", "l2-Adam", "AdamW smaller");
  for (const Sensitivity& s : report.sensitivity) {
    text += fmt::format("{:<43} {:>10.4f} {:>10.4f} {:>10} of {}\n", s.choice, s.adamw, s.l2_adam,
                        s.ordered, s.pairs);
  }
  return text;
}

std::string TableCsv(const Table1Report& report) {
  std::string csv =
      "model,optimizer,dimension,weight_decay,corollary3,corollary3_stderr,lanczos_stderr,"
      "truncation,corollary3_low,corollary3_high,matrix_free,matrix_free_stderr,test_accuracy,"
      "test_accuracy_stderr,binomial_stderr,mass_unit,diverged,seconds\n";
  for (const Table1Row& row : report.rows) {
    const RowSummary s = Summarize(row);
    csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", row.model,
                       row.optimizer, row.members.front().trained.dimension, row.weight_decay,
                       s.corollary3.value, s.corollary3.standard_error, s.lanczos_stderr,
                       s.truncation, s.bounds.low, s.bounds.high, s.matrix_free.value,
                       s.matrix_free.standard_error, s.accuracy.value, s.accuracy.standard_error,
                       s.accuracy_stderr, s.unit.value, s.diverged, s.seconds);
  }
  return csv;
}

std::string CellsCsv(const Table1Report& report) {
  std::string csv =
      "model,optimizer,weight_decay,seed,use,train_loss,validation_accuracy,test_accuracy,"
      "corollary3,matrix_free,diverged_step,diverged_layer\n";
  ForEachTraining(report, [&](const Table1Row& row, const TrainedCell& cell, const Member* member) {
    const EpochRecord none{.train_loss = NAN, .validation_accuracy = NAN, .test_accuracy = NAN};
    const EpochRecord& last = cell.curves.empty() ? none : cell.curves.back();
    const bool measured = member != nullptr && member->spectrum;
    csv +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", row.model, row.optimizer,
                    cell.cell.weight_decay, cell.cell.seed, member == nullptr ? "tuning" : "table",
                    last.train_loss, last.validation_accuracy, last.test_accuracy,
                    measured ? OwnCorollary3(row, *member).estimate.value : NAN,
                    measured ? OwnMatrixFree(row, *member).estimate.value : NAN,
                    cell.diverged ? fmt::format("{}", cell.diverged->step) : "",
                    cell.diverged ? cell.diverged->layer : "");
  });
  return csv;
}

std::string SpectraCsv(const Table1Report& report) {
  std::string csv = "model,optimizer,seed,run,eig,weight\n";
  for (const Table1Row& row : report.rows) {
    for (const Member& member : row.members) {
      if (!member.spectrum) continue;
      const NodeTable& nodes = member.spectrum->spectrum;
      for (Eigen::Index r = 0; r < nodes.values.rows(); ++r) {
        for (Eigen::Index k = 0; k < nodes.values.cols(); ++k) {
          if (nodes.weights(r, k) == 0) continue;
          csv += fmt::format("{},{},{},{},{},{}\n", row.model, row.optimizer,
                             member.trained.cell.seed, r, nodes.values(r, k), nodes.weights(r, k));
        }
      }
    }
  }
  return csv;
}

std::string CurvesCsv(const Table1Report& report) {
  std::string csv =
      "model,optimizer,weight_decay,seed,use,epoch,train_loss,train_accuracy,validation_loss,"
      "validation_accuracy,test_loss,test_accuracy\n";
  ForEachTraining(report, [&](const Table1Row& row, const TrainedCell& cell, const Member* member) {
    for (const EpochRecord& r : cell.curves) {
      csv += fmt::format(
          "{},{},{},{},{},{},{},{},{},{},{},{}\n", row.model, row.optimizer, cell.cell.weight_decay,
          cell.cell.seed, member == nullptr ? "tuning" : "table", r.epoch, r.train_loss,
          r.train_accuracy, r.validation_loss, r.validation_accuracy, r.test_loss, r.test_accuracy);
    }
  });
  return csv;
}

}  // namespace adamsde::networks
