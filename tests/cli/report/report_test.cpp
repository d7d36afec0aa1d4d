// Pages: --report on every command, and `report` from saved results.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <regex>
#include <sstream>

#include "cli/io/npy.h"
#include "cli/report/html.h"
#include "tests/support/json_runs.h"

namespace adamsde {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Outcome;
using testing::ReadAll;
using testing::RunProgram;
using testing::TemporaryFolder;

std::string PageOf(const std::string& command) {
  const TemporaryFolder folder;
  const Outcome outcome = RunProgram(command + " --report " + (folder / "page.html"));
  EXPECT_EQ(outcome.code, 0) << command << "\n" << outcome.err;
  return ReadAll(folder / "page.html");
}

/// The result.json that a page carries.
nlohmann::json ResultIn(const std::string& page) {
  const std::string open = "<script type=\"application/json\" id=\"result\">";
  const std::size_t start = page.find(open) + open.size();
  return nlohmann::json::parse(page.substr(start, page.find("</script>", start) - start));
}

struct LagRow {
  double lag, theory, sample, error;
};

/// The numbers of sample_autocorrelation.csv.
std::vector<LagRow> ReadLags(const std::string& path) {
  std::istringstream lines(ReadAll(path));
  std::vector<LagRow> rows;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    LagRow row{};
    EXPECT_EQ(std::sscanf(line.c_str(), "%*[^,],%lf,%lf,%lf,%lf", &row.lag, &row.theory,
                          &row.sample, &row.error),
              4)
        << line;
    rows.push_back(row);
  }
  EXPECT_EQ(rows.size(), 75U) << "three directions, 25 lags";
  return rows;
}

const char* const kCommands[] = {"posterior",
                                 "bound --empirical-risk 0.1",
                                 "sweep --points 9",
                                 "spectrum",
                                 "check --ladder closed",
                                 "simulate --target-error 0.1 --chains 256",
                                 "converge --theorem 1 --horizons 10,30 --runs 64"};

TEST(Report, EveryCommandMakesAWholePage) {
  for (const char* const command : kCommands) {
    const std::string page = PageOf(command);
    EXPECT_THAT(page, ::testing::StartsWith("<!DOCTYPE html>")) << command;
    EXPECT_THAT(page, ::testing::EndsWith("</html>\n")) << command;
    EXPECT_THAT(page, HasSubstr("<main id=\"main\">")) << command;
    const nlohmann::json result = ResultIn(page);
    EXPECT_THAT(page,
                HasSubstr("<dd>" + EscapeHtml(result["command"].get<std::string>()) + "</dd>"));
    EXPECT_THAT(page, HasSubstr(result["version"].get<std::string>()));
    EXPECT_FALSE(std::regex_search(page, std::regex("(src|href)=\"(https?:)?//"))) << command;
  }
}

TEST(Report, CarriesEveryNumberOfTheResult) {
  const std::string page = PageOf("bound");
  const nlohmann::json result = ResultIn(page);
  for (const char* const convention : {"derived", "printed", "literal"}) {
    for (const char* const key : {"err", "c0", "phi"}) {
      const auto number = result["bound"][convention][key].get<double>();
      const std::regex data("<data value=\"([^\"]+)\"");
      bool found = false;
      for (std::sregex_iterator it(page.begin(), page.end(), data), end; it != end; ++it) {
        found = found || std::stod((*it)[1]) == number;
      }
      EXPECT_TRUE(found) << convention << " " << key;
    }
  }
}

TEST(Report, CommandReproducesTheResult) {
  const nlohmann::json first =
      ResultIn(PageOf("bound --weight-decay 0.3 --prior-variance 2 --range-only"));
  const std::string command = first["command"];
  ASSERT_THAT(command, ::testing::StartsWith("adamsde bound "));
  const nlohmann::json second = testing::RunJson(command.substr(8));
  EXPECT_EQ(first["bound"], second["bound"]);
  EXPECT_EQ(first["problem_hash"], second["problem_hash"]);
  EXPECT_NE(first["problem_hash"], testing::RunJson("bound --problem longley")["problem_hash"]);
}

TEST(Report, FromSavedResultsTheSamePage) {
  for (const char* const command : {"sweep --points 9", "check --ladder closed", "spectrum"}) {
    const TemporaryFolder folder;
    ASSERT_EQ(RunProgram(std::string(command) + " --out " + (folder / "out") + " --report " +
                         (folder / "direct.html"))
                  .code,
              0);
    const Outcome report = RunProgram("report " + (folder / "out"));
    ASSERT_EQ(report.code, 0) << report.err;
    EXPECT_EQ(report.out, folder / "out/report.html\n");
    EXPECT_EQ(ReadAll(folder / "direct.html"), ReadAll(folder / "out/report.html")) << command;
  }
}

TEST(Report, ASavedSweepIsEnoughForTheKnobs) {
  const TemporaryFolder folder;
  folder.Write("spectrum.txt", "eig,weight\n0.1,0.25\n1,0.25\n4,0.5\n");
  const std::pair<std::string, const char*> sweeps[] = {
      {"sweep --points 9", "\"rotates\":false"},
      {"sweep --points 9 --optimizer l2-adam --preconditioner minibatch", "\"rotates\":true"},
      {"sweep --points 9 --dimension 50 --spectrum " + (folder / "spectrum.txt"), "\"sigma\":"}};
  for (const auto& [command, knobs] : sweeps) {
    ASSERT_EQ(RunProgram(command + " --out " + (folder / "out")).code, 0) << command;
    ASSERT_EQ(RunProgram("report " + (folder / "out")).code, 0) << command;
    const std::string page = ReadAll(folder / "out/report.html");
    EXPECT_THAT(page, HasSubstr("id=\"knobs-data\"")) << command;
    EXPECT_THAT(page, HasSubstr(knobs)) << command << ": not the files of the sweep before";
  }
}

TEST(Report, IsCalledByTheFileOfTheProblem) {
  const TemporaryFolder folder;
  folder.Write("H.csv", "2,0\n0,1\n");
  EXPECT_THAT(PageOf("posterior --hessian " + (folder / "H.csv")),
              HasSubstr("<title>Posterior laws: H.csv</title>"));
  EXPECT_THAT(PageOf("posterior"), HasSubstr("<title>Posterior laws: quickstart</title>"));
}

TEST(Report, RefusesWhatIsNoResult) {
  const TemporaryFolder folder;
  EXPECT_EQ(RunProgram("report").code, 2);
  EXPECT_EQ(RunProgram("report " + (folder / "absent")).code, 2);
  for (const char* const text : {"{", "[]", "3", "{\"schema\": \"adamsde.bound.v9\"}",
                                 "{\"schema\": 4}", "{\"schema\": \"adamsde.bound.v1\"}",
                                 "{\"schema\": \"adamsde.bound.v1\", \"options\": 3}"}) {
    folder.Write("result.json", text);
    const Outcome outcome = RunProgram("report " + folder.Path().string());
    EXPECT_EQ(outcome.code, 2) << text << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("result.json")) << text;
    EXPECT_FALSE(std::filesystem::exists(folder / "report.html"));
  }
}

TEST(Report, AnUnusablePlaceIsToldBeforeTheWork) {
  const Outcome outcome =
      RunProgram("simulate --target-error 1e-6 --report /proc/no/such/folder/page.html");
  EXPECT_EQ(outcome.code, 5) << outcome.err;
}

TEST(Plot, OneFigureForAPaper) {
  const TemporaryFolder folder;
  const Outcome svg = RunProgram("sweep --points 9 --figure phi --plot " + (folder / "phi.svg"));
  ASSERT_EQ(svg.code, 0) << svg.err;
  EXPECT_THAT(ReadAll(folder / "phi.svg"), ::testing::StartsWith("<svg xmlns="));
  EXPECT_THAT(ReadAll(folder / "phi.svg"), HasSubstr("readings"));
  const Outcome unknown = RunProgram("sweep --points 9 --figure ph --plot " + (folder / "x.svg") +
                                     " --out " + (folder / "out"));
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean 'phi'"));
  EXPECT_TRUE(std::filesystem::exists(folder / "out/result.json")) << "the work is not lost";
  EXPECT_EQ(RunProgram("report " + (folder / "out") + " --plot " + (folder / "err.svg")).code, 0);
  EXPECT_THAT(ReadAll(folder / "err.svg"), HasSubstr("err over the weight decay"));
  EXPECT_FALSE(std::filesystem::exists(folder / "out/report.html"));
  EXPECT_EQ(RunProgram("sweep --plot " + (folder / "x.pdf")).code, 2);
  const Outcome png = RunProgram("sweep --points 9 --plot " + (folder / "x.png"));
  if (png.code == 0) {
    EXPECT_THAT(ReadAll(folder / "x.png"), ::testing::StartsWith("\x89PNG"));
  } else {
    EXPECT_EQ(png.code, 2);
    EXPECT_THAT(png.err, HasSubstr("librsvg"));
  }
}

// The README shows it. Mend by `adamsde sweep --prior-variance 0.1 --figure phi --plot
// docs/phi.svg`.
TEST(Plot, TheReadmesPictureIsWhatTheProgramDraws) {
  const TemporaryFolder folder;
  const std::string made = folder / "phi.svg";
  ASSERT_EQ(RunProgram("sweep --prior-variance 0.1 --figure phi --plot " + made).code, 0);
  EXPECT_EQ(ReadAll(made), ReadAll(std::string(testing::kSourceDir) + "/docs/phi.svg"));
}

TEST(Report, ShowsTheSampleBesideItsLaw) {
  const TemporaryFolder folder;
  const std::string common = "simulate --target-error 0.1 --chains 256 --time-step 0.02 --scheme ";
  for (const char* const scheme : {"euler-maruyama", "modal", "leap", "exact"}) {
    const Outcome outcome = RunProgram(common + scheme + " --out " + folder.Path().string() +
                                       " --report " + (folder / "page.html"));
    ASSERT_EQ(outcome.code, 0) << scheme << outcome.err;
    const std::string page = ReadAll(folder / "page.html");
    for (const char* const figure :
         {"sample-ellipses", "z", "axes", "quantiles", "autocorrelation", "ellipses"}) {
      EXPECT_THAT(page, HasSubstr(std::string("id=\"figure-") + figure + "\"")) << scheme;
    }
    // The map's largest entry is the statistic of result.json.
    const nlohmann::json result = ResultIn(page);
    const Eigen::MatrixXd z = ReadNpy(folder / "sample_z.npy").values;
    EXPECT_NEAR(z.cwiseAbs().maxCoeff(), result["sample"]["max_abs_z"].get<double>(), 1e-9);
    // Autocorrelation: theory and sample agree within five standard errors, lag 0 is 1.
    const auto rows = ReadLags(folder / "sample_autocorrelation.csv");
    for (const auto& [lag, theory, sample, error] : rows) {
      if (lag == 0) {
        EXPECT_NEAR(theory, 1, 1e-9) << scheme;
      }
      EXPECT_NEAR(theory, sample, 5 * error) << scheme << " lag " << lag;
    }
  }
}

TEST(Report, TextCannotBecomeMarkup) {
  Page page{.title = "<b>&\"'", .lead = "</main>", .sections = {}, .result = Json::object()};
  page.sections.push_back({.title = "<i>", .blocks = {Paragraph{"<script>"}}});
  page.result["options"] = Json::object();
  page.result["evil"] = "</script><script>alert(1)</script>";
  const std::string html = ToHtml(page);
  EXPECT_THAT(html, HasSubstr("&lt;b&gt;&amp;&quot;&#39;"));
  EXPECT_THAT(html, Not(HasSubstr("<i>")));
  EXPECT_THAT(html, Not(HasSubstr("alert(1)</script>")));
  EXPECT_EQ(ResultIn(html)["evil"], page.result["evil"]);
}

}  // namespace
}  // namespace adamsde
