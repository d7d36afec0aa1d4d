#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "networks/table1/report.h"
#include "networks/table1/summary.h"

namespace adamsde::networks {
namespace {

TrainedCell TrainedWith(double decay, double validation_accuracy, double validation_loss) {
  TrainedCell cell;
  cell.cell.weight_decay = decay;
  cell.dimension = 100;
  cell.curves.push_back(
      {.validation_loss = validation_loss, .validation_accuracy = validation_accuracy});
  return cell;
}

TEST(ChooseDecay, TakesTheBestThatDidNotDiverge) {
  std::vector<TrainedCell> tuning = {TrainedWith(1, 0.8, 0.5), TrainedWith(2, 0.9, 0.4),
                                     TrainedWith(3, 0.9, 0.3), TrainedWith(4, 0.99, 0.1)};
  tuning[3].diverged = {.step = 3, .layer = "l", .what = "loss"};
  EXPECT_EQ(ChooseDecay(tuning).cell.weight_decay, 3);
  std::swap(tuning.front(), tuning.back());
  EXPECT_EQ(ChooseDecay(tuning).cell.weight_decay, 3);
}

TEST(DecayGrid, BelongsToTheOptimizer) {
  const Table1Options options{.decays = {1, 2}, .l2_decays = {3}};
  EXPECT_EQ(DecayGrid(options, "adamw-d"), (std::vector<double>{1, 2}));
  EXPECT_EQ(DecayGrid(options, "l2-adam"), (std::vector<double>{3}));
  EXPECT_EQ(DecayGrid(options, "adam"), (std::vector<double>{0}));
}

TruncatedEstimate Estimate(double value) { return {.estimate = {.value = value}}; }

/// A row whose seeds have err and accuracy value + noise of the seed's own.
Table1Row Row(const std::string& optimizer, double err, double accuracy) {
  const double noise[] = {0.3, -0.1, -0.2, 0.05};
  Table1Row row{.model = "m", .optimizer = optimizer, .weight_decay = 0.1};
  for (int seed = 0; seed < 4; ++seed) {
    Member member{.trained = TrainedWith(0.1, 0.9, 0.1)};
    // Shared noise cancels in pairs; a little is each row's own.
    const double own = 0.001 * noise[(seed + static_cast<int>(optimizer.size())) % 4];
    member.trained.curves.back().test_accuracy = accuracy + 0.1 * noise[seed] + own;
    SpectrumCell spectrum;
    spectrum.spectrum = {.values = Eigen::MatrixXd::Constant(2, 1, 0.01),
                         .weights = Eigen::MatrixXd::Ones(2, 1),
                         .dimension = 100};
    for (TruncatedEstimate* const e : {&spectrum.corollary3_adamw, &spectrum.corollary3_l2,
                                       &spectrum.theorem6_adamw, &spectrum.theorem7_l2}) {
      *e = Estimate(err + noise[seed] + own);
    }
    spectrum.shares.unit.value = 0.9990 + 0.0001 * noise[seed];
    member.spectrum = spectrum;
    row.members.push_back(std::move(member));
  }
  return row;
}

std::string VerdictOf(const std::vector<Table1Verdict>& verdicts, const std::string& claim,
                      const std::string& model) {
  for (const Table1Verdict& v : verdicts) {
    if (v.claim.starts_with(claim) && v.model == model) return v.verdict;
  }
  return "missing";
}

// Pairs see a difference of 0.05 under noise of 0.2 that the seeds share.
TEST(JudgeTable1, UsesPairs) {
  const std::vector<Table1Row> rows = {Row("adamw", 5.0, 0.9), Row("adamw-d", 5.0, 0.9),
                                       Row("l2-adam", 5.05, 0.95)};
  const std::vector<Table1Verdict> verdicts = JudgeTable1(rows);
  for (const char* model : {"m", "all"}) {
    EXPECT_EQ(VerdictOf(verdicts, "err_AdamW < err_l2-Adam (Cor", model), "HOLDS");
    EXPECT_EQ(VerdictOf(verdicts, "err_AdamW < err_l2-Adam (mat", model), "HOLDS");
    EXPECT_EQ(VerdictOf(verdicts, "accuracy_AdamW >", model), "FAILS");
    EXPECT_EQ(VerdictOf(verdicts, "AdamW-D resembles AdamW in err", model), "UNDECIDED");
    EXPECT_EQ(VerdictOf(verdicts, "l2-Adam-D resembles", model), "NO DATA");
  }
  EXPECT_EQ(VerdictOf(verdicts, "more than 99 %", "all"), "HOLDS");
}

TEST(JudgeTable1, LeavesLostSeedsOut) {
  std::vector<Table1Row> rows = {Row("adamw", 5.0, 0.9), Row("l2-adam", 5.05, 0.95)};
  rows[1].members[2].spectrum.reset();
  rows[1].members[2].trained.diverged = {.step = 3, .layer = "l", .what = "loss"};
  EXPECT_EQ(JudgeTable1(rows).front().test.pairs, 3);
  const std::string csv = CellsCsv({.rows = rows});
  EXPECT_NE(csv.find(",3,l\n"), std::string::npos);
}

// Holm: the k-th smallest p times the number of those not smaller, never below an earlier one.
TEST(JudgeTable1, CorrectsForTheNumberOfVerdicts) {
  const std::vector<Table1Row> rows = {Row("adamw", 5.0, 0.9), Row("adamw-d", 5.0, 0.9),
                                       Row("l2-adam", 5.05, 0.95)};
  std::vector<Table1Verdict> verdicts = JudgeTable1(rows);
  std::erase_if(verdicts, [](const Table1Verdict& v) { return v.verdict == "NO DATA"; });
  std::sort(verdicts.begin(), verdicts.end(), [](const Table1Verdict& a, const Table1Verdict& b) {
    return a.test.p_two_sided < b.test.p_two_sided;
  });
  const auto count = static_cast<double>(verdicts.size());
  double before = 0;
  for (std::size_t k = 0; k < verdicts.size(); ++k) {
    const double plain =
        std::min(1.0, (count - static_cast<double>(k)) * verdicts[k].test.p_two_sided);
    EXPECT_DOUBLE_EQ(verdicts[k].p_holm, std::max(before, plain));
    before = verdicts[k].p_holm;
  }
  EXPECT_LT(verdicts.front().p_holm, 0.05);
  EXPECT_GT(verdicts.back().p_holm, 0.05);
}

// One node σ = 0.01, η = 1e-3, b = 128, ρ = 1: x^AdamW = 256000(0.1 + λ), x^ℓ2 = 256000(0.1 + 10
// λ).
TEST(MeasureSensitivity, FollowsCorollary3) {
  const std::vector<Table1Row> rows = {Row("adamw", 5.0, 0.9), Row("l2-adam", 5.05, 0.95)};
  const Config config;
  const std::vector<Sensitivity> sensitivity = MeasureSensitivity(rows, config);
  const auto h = [](double x) { return std::log(x) + 1 / x; };
  EXPECT_EQ(sensitivity.front().pairs, 4);
  EXPECT_EQ(sensitivity.front().ordered, 4);
  EXPECT_NEAR(sensitivity.front().adamw, h(256000 * 0.2), 1e-10);
  EXPECT_NEAR(sensitivity.front().l2_adam, h(256000 * 1.1), 1e-10);
}

}  // namespace
}  // namespace adamsde::networks
