// Pages of adamsde-net's results, which this program writes without libtorch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"

namespace adamsde {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::ReadAll;
using testing::RunProgram;
using testing::TemporaryFolder;
using Json = nlohmann::ordered_json;

Json Curves(double accuracy) {
  Json curves = Json::array();
  for (int epoch = 1; epoch <= 3; ++epoch) {
    curves.push_back({{"epoch", epoch},
                      {"train_loss", 1.0 / epoch},
                      {"validation_accuracy", accuracy},
                      {"test_accuracy", accuracy - 0.1 / epoch}});
  }
  return curves;
}

Json Row(const std::string& optimizer, double err) {
  Json row = {{"model", "mlp"},    {"optimizer", optimizer}, {"dimension", 1234},
              {"weight_decay", 1}, {"diverged", 1},          {"seconds", 3}};
  row["err_per_parameter"] = {
      {"corollary3", {{"value", err}, {"stderr", 0.0123}, {"low", err - 1}, {"high", nullptr}}},
      {"matrix_free", {{"value", err + 1}, {"stderr", nullptr}}}};
  row["test_accuracy"] = {{"value", 0.9}, {"stderr", 0.01}, {"binomial_stderr", 0.005}};
  row["mass_unit"] = {{"value", 0.995}, {"stderr", 0.001}};
  row["tuning"] = {{{"weight_decay", 1}, {"curves", Curves(0.8)}},
                   {{"weight_decay", 10},
                    {"curves", Json::array()},
                    {"diverged", {{"step", 7}, {"layer", "linear1.weight"}}}}};
  row["members"] = {{{"seed", 1}, {"curves", Curves(0.9)}}, {{"seed", 2}, {"curves", Curves(0.8)}}};
  return row;
}

Json Table1() {
  Json json = {{"schema", "adamsde-net.table1.v1"},
               {"version", "0.1.0"},
               {"command", "adamsde-net table1 --config c.toml --out o"},
               {"options", {{"seed", 1}, {"spectrum.floor", 1e-6}}},
               {"seconds", 1.0}};
  json["rows"] = {Row("adamw", 5), Row("l2-adam", 6)};
  json["verdicts"] = {{{"claim", "err_AdamW < err_l2-Adam (Corollary 3)"},
                       {"model", "mlp"},
                       {"verdict", "HOLDS"},
                       {"pairs", 2},
                       {"mean_difference", 1.0},
                       {"stderr", 0.1},
                       {"p_one_sided", 0.03},
                       {"p_two_sided", 0.06},
                       {"p_holm", 0.12}}};
  json["unstated"] = {"how err was normalized <here>"};
  json["sensitivity"] = {
      {{"choice", "floor x 100"}, {"pairs", 2}, {"ordered", 1}, {"adamw", 5}, {"l2_adam", 6}}};
  return json;
}

constexpr const char* kSpectra =
    "model,optimizer,seed,run,eig,weight\nmlp,adamw,1,0,1e-5,0.9\nmlp,adamw,1,0,-2,0.1\n"
    "mlp,l2-adam,1,0,0,0.5\nmlp,l2-adam,1,0,3,0.5\n";

TEST(NetworkReport, Table1HasThePapersTableAndFigures) {
  const TemporaryFolder folder;
  folder.Write("result.json", Table1().dump());
  folder.Write("spectra.csv", kSpectra);
  const Outcome outcome = RunProgram("report " + folder.Path().string());
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string page = ReadAll(folder / "report.html");
  for (const char* const part :
       {"<td>5.000 ± 0.012</td>", "at step 7, layer linear1.weight", "figure-density-mlp",
        "figure-training-mlp", "figure-test-mlp", "figure-err", "✓ HOLDS", "&lt;here&gt;",
        "0 of the 1 stay below 0.05", "<td>1 of 2</td>", "adamsde report and the folder",
        "<th scope=\"row\">spectrum.floor</th>"}) {
    EXPECT_THAT(page, HasSubstr(part)) << part;
  }
  EXPECT_THAT(page, Not(HasSubstr("--report page.html")));
  EXPECT_EQ(RunProgram("report " + folder.Path().string() + " --figure density-mlp --plot " +
                       (folder / "f.svg"))
                .code,
            0);
  // Without its files, the tables.
  std::filesystem::remove(folder / "spectra.csv");
  ASSERT_EQ(RunProgram("report " + folder.Path().string()).code, 0);
  EXPECT_THAT(ReadAll(folder / "report.html"), Not(HasSubstr("figure-density")));
}

TEST(NetworkReport, TrainingHasItsCurves) {
  const TemporaryFolder folder;
  folder.Write("result.json", R"({"schema": "adamsde-net.train.v1", "version": "0.1.0",
    "command": "adamsde-net train", "options": {"seed": 1}, "model": "mlp", "steps": 3,
    "test": {"loss": 0.5, "accuracy": 0.9}, "layers": [{"name": "linear1.weight", "shape": [2, 3]}]})");
  folder.Write(
      "curves.csv",
      "epoch,learning_rate,train_loss,train_accuracy,validation_loss,validation_accuracy,"
      "test_loss,test_accuracy\n1,0.1,1,0.5,nan,nan,1.1,0.4\n2,0.1,0.5,0.7,nan,nan,0.7,0.6\n");
  ASSERT_EQ(RunProgram("report " + folder.Path().string()).code, 0);
  const std::string page = ReadAll(folder / "report.html");
  EXPECT_THAT(page, HasSubstr("figure-loss"));
  EXPECT_THAT(page, HasSubstr("figure-accuracy"));
  EXPECT_THAT(page, HasSubstr("linear1.weight"));
  EXPECT_THAT(page, HasSubstr("Test rows"));
}

TEST(NetworkReport, RefusesDamage) {
  const TemporaryFolder folder;
  for (const char* const key : {"rows", "verdicts", "sensitivity", "unstated"}) {
    for (const Json& damage : {Json(nullptr), Json(3), Json{{{"model", 4}}}, Json{1, 2}}) {
      Json json = Table1();
      json[key] = damage;
      folder.Write("result.json", json.dump());
      const Outcome outcome = RunProgram("report " + folder.Path().string());
      EXPECT_TRUE(outcome.code == 2 || outcome.code == 0) << key << damage << outcome.err;
      if (outcome.code == 2) {
        EXPECT_THAT(outcome.err, HasSubstr("result.json"));
      }
    }
  }
  folder.Write("result.json", Table1().dump());
  folder.Write("spectra.csv", "model,optimizer,seed,run,eig\nmlp,adamw,1,0,x\n");
  EXPECT_EQ(RunProgram("report " + folder.Path().string()).code, 2);
}

}  // namespace
}  // namespace adamsde
