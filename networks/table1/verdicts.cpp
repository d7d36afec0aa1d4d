#include <algorithm>
#include <cmath>
#include <set>

#include "networks/table1/summary.h"
#include "networks/training/optimizer.h"

namespace adamsde::networks {
namespace {

constexpr double kLevel = 0.05;

using MemberMeasure = std::function<double(const Table1Row&, const Member&)>;

const Table1Row* Find(const std::vector<Table1Row>& rows, const std::string& model,
                      const std::string& optimizer) {
  for (const Table1Row& row : rows) {
    if (row.model == model && row.optimizer == optimizer) return &row;
  }
  return nullptr;
}

/// of(second) − of(first) for the seeds that neither lost.
std::vector<double> Differences(const Table1Row* first, const Table1Row* second,
                                const MemberMeasure& of) {
  std::vector<double> differences;
  if (first == nullptr || second == nullptr) return differences;
  for (std::size_t i = 0; i < first->members.size(); ++i) {
    const Member& a = first->members[i];
    const Member& b = second->members[i];
    if (a.spectrum && b.spectrum) differences.push_back(of(*second, b) - of(*first, a));
  }
  return differences;
}

enum class Side { kPositive, kNone };

Table1Verdict Judge(const std::string& claim, const std::string& model,
                    const std::vector<double>& differences, Side side) {
  const PairedTest test = TestPairs(Eigen::Map<const Eigen::VectorXd>(
      differences.data(), static_cast<Eigen::Index>(differences.size())));
  Table1Verdict verdict{.claim = claim, .model = model, .verdict = "UNDECIDED", .test = test};
  if (!(test.pairs >= 2)) {
    verdict.verdict = "NO DATA";
  } else if (side == Side::kNone) {
    if (test.p_two_sided < kLevel) verdict.verdict = "FAILS";
  } else if (test.p_positive < kLevel) {
    verdict.verdict = "HOLDS";
  } else if (test.p_positive > 1 - kLevel) {
    verdict.verdict = "FAILS";
  }
  return verdict;
}

/// A comparison of two optimizers for each model and for all.
struct Claim {
  std::string name;
  std::string first, second;
  Side side;
  MemberMeasure of;
};

std::vector<Claim> Claims() {
  const MemberMeasure corollary = [](const Table1Row& row, const Member& member) {
    return OwnCorollary3(row, member).estimate.value;
  };
  const MemberMeasure matrix_free = [](const Table1Row& row, const Member& member) {
    return OwnMatrixFree(row, member).estimate.value;
  };
  const MemberMeasure accuracy = [](const Table1Row&, const Member& member) {
    return member.trained.curves.back().test_accuracy;
  };
  // In the direction of the claim: second − first > 0.
  return {
      {"err_AdamW < err_l2-Adam (Corollary 3)", "adamw", "l2-adam", Side::kPositive, corollary},
      {"err_AdamW < err_l2-Adam (matrix-free)", "adamw", "l2-adam", Side::kPositive, matrix_free},
      {"accuracy_AdamW > accuracy_l2-Adam", "l2-adam", "adamw", Side::kPositive, accuracy},
      {"AdamW-D resembles AdamW in err", "adamw", "adamw-d", Side::kNone, corollary},
      {"AdamW-D resembles AdamW in accuracy", "adamw", "adamw-d", Side::kNone, accuracy},
      {"l2-Adam-D resembles l2-Adam in err", "l2-adam", "l2-adam-d", Side::kNone, corollary},
      {"l2-Adam-D resembles l2-Adam in accuracy", "l2-adam", "l2-adam-d", Side::kNone, accuracy}};
}

/// The k-th smallest of m p-values times m − k + 1, never below an earlier one.
void CorrectByHolm(std::vector<Table1Verdict>& verdicts) {
  std::vector<Table1Verdict*> order;
  for (Table1Verdict& v : verdicts) {
    v.p_holm = std::nan("");
    if (std::isfinite(v.test.p_two_sided)) order.push_back(&v);
  }
  std::sort(order.begin(), order.end(), [](const Table1Verdict* a, const Table1Verdict* b) {
    return a->test.p_two_sided < b->test.p_two_sided;
  });
  double least = 0;
  auto left = static_cast<double>(order.size());
  for (Table1Verdict* const v : order) {
    least = std::max(least, std::min(1.0, left * v->test.p_two_sided));
    v->p_holm = least;
    --left;
  }
}

std::vector<std::string> Models(const std::vector<Table1Row>& rows) {
  std::vector<std::string> models;
  std::set<std::string> seen;
  for (const Table1Row& row : rows) {
    if (seen.insert(row.model).second) models.push_back(row.model);
  }
  return models;
}

}  // namespace

RunEstimate OverSeeds(const Table1Row& row, const std::function<double(const Member&)>& of) {
  std::vector<double> values;
  for (const Member& member : row.members) {
    if (member.spectrum) values.push_back(of(member));
  }
  if (values.empty()) return {.value = std::nan(""), .standard_error = std::nan("")};
  return OverRuns(
      Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size())));
}

const TruncatedEstimate& OwnCorollary3(const Table1Row& row, const Member& member) {
  return IsL2(row.optimizer) ? member.spectrum->corollary3_l2 : member.spectrum->corollary3_adamw;
}

const Enclosure& OwnBounds(const Table1Row& row, const Member& member) {
  return IsL2(row.optimizer) ? member.spectrum->bounds.l2_adam : member.spectrum->bounds.adamw;
}

const TruncatedEstimate& OwnMatrixFree(const Table1Row& row, const Member& member) {
  return IsL2(row.optimizer) ? member.spectrum->theorem7_l2 : member.spectrum->theorem6_adamw;
}

std::vector<Table1Verdict> JudgeTable1(const std::vector<Table1Row>& rows) {
  std::vector<Table1Verdict> verdicts;
  const std::vector<std::string> models = Models(rows);
  for (const Claim& claim : Claims()) {
    std::vector<double> all;
    for (const std::string& model : models) {
      const std::vector<double> differences =
          Differences(Find(rows, model, claim.first), Find(rows, model, claim.second), claim.of);
      all.insert(all.end(), differences.begin(), differences.end());
      verdicts.push_back(Judge(claim.name, model, differences, claim.side));
    }
    verdicts.push_back(Judge(claim.name, "all", all, claim.side));
  }
  std::vector<double> above;
  for (const Table1Row& row : rows) {
    for (const Member& member : row.members) {
      if (member.spectrum) above.push_back(member.spectrum->shares.unit.value - 0.99);
    }
  }
  verdicts.push_back(Judge("more than 99 % of |sigma| in [0, 1]", "all", above, Side::kPositive));
  CorrectByHolm(verdicts);
  return verdicts;
}

}  // namespace adamsde::networks
