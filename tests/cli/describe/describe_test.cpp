// The manual page and the completions, as the build made them and as their readers take them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "cli/describe/program_facts.h"
#include "cli/options.h"
#include "tests/support/shell.h"

namespace adamsde {
namespace {

using testing::HasProgram;
using ::testing::HasSubstr;
using testing::OutputOf;
using testing::ReadAll;
using testing::TemporaryFolder;

/// The folder of the generated files.
std::string File(const char* name) { return std::string(testing::kDescribedDir) + "/" + name; }

/// What bash offers for the last of the words.
std::set<std::string> BashOffers(const std::string& words) {
  std::istringstream offers(OutputOf("source '" + File("adamsde.bash") + "'\nCOMP_WORDS=(" + words +
                                     ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_adamsde\n"
                                     "printf '%s\\n' \"${COMPREPLY[@]}\"\n"));
  std::set<std::string> result;
  for (std::string line; std::getline(offers, line);) {
    if (!line.empty()) result.insert(line);
  }
  return result;
}

TEST(ManualPage, NamesEveryOptionAndCommand) {
  const std::string page = ReadAll(File("adamsde.1"));
  for (const OptionFacts& option : DescribeProgram().options) {
    std::string name;
    for (const char c : "--" + option.name)
      name += c == '-' ? std::string("\\-") : std::string(1, c);
    EXPECT_THAT(page, ::testing::AnyOf(HasSubstr("\\fB" + name + "\\fR"), HasSubstr(", " + name)))
        << option.name;
  }
  for (const char* const command : {"posterior", "problem export", "sweep"}) {
    EXPECT_THAT(page, HasSubstr(std::string("\n.B ") + command + "\n"));
  }
}

TEST(ManualPage, IsCleanRoff) {
  if (!HasProgram("groff")) GTEST_SKIP() << "groff is not installed";
  EXPECT_EQ(OutputOf("groff -ww -man -Tutf8 '" + File("adamsde.1") + "' 2>&1 >/dev/null"), "");
  const std::string page = OutputOf("groff -man -Tascii -P-cbou '" + File("adamsde.1") + "'");
  EXPECT_THAT(page, HasSubstr("--learning-rate FLOAT"));
  EXPECT_THAT(page, HasSubstr("adamw or l2-adam [adamw]"));
}

TEST(Completions, BashOffersCommandsOptionsAndChoices) {
  OutputOf("bash -n '" + File("adamsde.bash") + "'");
  EXPECT_EQ(BashOffers("adamsde sim"), std::set<std::string>{"simulate"});
  EXPECT_EQ(BashOffers("adamsde problem ''"), (std::set<std::string>{"list", "show", "export"}));
  EXPECT_EQ(BashOffers("adamsde simulate --learn"), std::set<std::string>{"--learning-rate"});
  EXPECT_EQ(BashOffers("adamsde simulate --seed ''"), std::set<std::string>{});
  EXPECT_EQ(BashOffers("adamsde simulate --scheme e"),
            (std::set<std::string>{"exact", "euler-maruyama"}));
  const TemporaryFolder folder;
  const std::string file = folder.Write("h.npy", "");
  EXPECT_EQ(BashOffers("adamsde simulate --hessian " + (folder / "h")), std::set{file});
  EXPECT_EQ(BashOffers("adamsde simulate --preconditioner id"), std::set<std::string>{"identity"});
}

TEST(Completions, EveryClosedListIsOffered) {
  const ProgramFacts program = DescribeProgram();
  for (const auto& [name, choices] : OptionChoices()) {
    const auto option = std::find_if(program.options.begin(), program.options.end(),
                                     [&](const OptionFacts& o) { return o.name == name; });
    ASSERT_NE(option, program.options.end()) << name << " is no option";
    EXPECT_EQ(option->choices, choices);
    for (const char* const shell : {"adamsde.fish", "_adamsde", "adamsde.bash"}) {
      EXPECT_THAT(ReadAll(File(shell)), HasSubstr(choices.front())) << shell;
    }
  }
}

TEST(Completions, ZshAndFishParse) {
  if (HasProgram("zsh")) OutputOf("zsh -n '" + File("_adamsde") + "'");
  if (HasProgram("fish")) OutputOf("fish --no-execute '" + File("adamsde.fish") + "'");
  if (!HasProgram("zsh") && !HasProgram("fish"))
    GTEST_SKIP() << "neither zsh nor fish is installed";
}

}  // namespace
}  // namespace adamsde
