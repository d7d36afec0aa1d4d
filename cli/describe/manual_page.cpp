#include "cli/describe/manual_page.h"

#include <fmt/format.h>

#include <string_view>

namespace adamsde {
namespace {

/// Text as roff prints it unchanged: a dash is typed as one, nothing is an escape or a request.
std::string Roff(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else if (c == '^') {
      result += "\\(ha";
    } else if (c == '\'') {
      result += "\\(aq";
    } else {
      result += c;
    }
  }
  return result.starts_with('.') ? "\\&" + result : result;
}

std::string CommandEntries(const std::vector<CommandFacts>& commands, const std::string& before) {
  std::string page;
  for (const CommandFacts& command : commands) {
    page += fmt::format(".TP\n.B {}\n{}\n", Roff(before + command.name), Roff(command.text));
    page += CommandEntries(command.commands, command.name + " ");
  }
  return page;
}

std::string OptionEntry(const OptionFacts& option) {
  std::string name = option.short_name.empty() ? "" : "-" + option.short_name + ", ";
  name += "--" + option.name;
  std::string entry = ".TP\n\\fB" + Roff(name) + "\\fR";
  if (!option.value.empty()) entry += " \\fI" + Roff(option.value) + "\\fR";
  std::string text = option.text;
  if (!option.default_text.empty()) {
    text += fmt::format("{}[{}]", text.empty() ? "" : " ", option.default_text);
  }
  return entry + "\n" + (text.empty() ? "\\&" : Roff(text)) + "\n";
}

std::string OptionEntries(const ProgramFacts& program) {
  std::string page;
  std::string group;
  for (const OptionFacts& option : program.options) {
    if (option.group != group) page += ".SS " + Roff(option.group) + "\n";
    group = option.group;
    page += OptionEntry(option);
  }
  return page;
}

constexpr const char* kEnd = R"(.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 2
bad usage or input, or more memory than there is
.TP
.B 3
no answer exists: no stationary law, an unstable step, an infinite KL divergence, no minimizer
.TP
.B 4
a chain diverged
.TP
.B 5
a file could not be written
.TP
.B 130
interrupted
.SH EXAMPLES
.nf
adamsde check
adamsde posterior \-\-hessian H.npy \-\-learning\-rate 1e\-3 \-\-weight\-decay 1e\-2
adamsde simulate \-\-dataset table.csv \-\-model logistic \-\-ridge 1e\-3 \-\-out results
.fi
.SH SEE ALSO
P. Zhou, X. Xie, Z. Lin and S. Yan, "Towards Understanding Convergence and Generalization of AdamW",
IEEE Transactions on Pattern Analysis and Machine Intelligence, 2024
)";

}  // namespace

std::string ManualPage(const ProgramFacts& program) {
  std::string page =
      fmt::format(".TH ADAMSDE 1 \"\" \"adamsde {}\" \"User Commands\"\n", Roff(program.version));
  page += ".SH NAME\nadamsde \\- " + Roff(program.text) + "\n";
  page += ".SH SYNOPSIS\n.B adamsde\n.I COMMAND\n.RI [ options ]\n";
  page +=
      ".SH DESCRIPTION\nEach command takes every option and uses those that concern it. A report "
      "is\n"
      "printed; with \\fB\\-\\-json\\fR it is result.json instead, and \\fB\\-\\-out\\fR writes a "
      "folder.\n"
      "An option given as a flag wins over \\fB\\-\\-config\\fR, that over the problem\\(aqs TOML "
      "file,\n"
      "that over the default, which stands in brackets.\n";
  page += ".SH COMMANDS\n" + CommandEntries(program.commands, "");
  page += ".SH OPTIONS\n" + OptionEntries(program);
  return page + kEnd;
}

}  // namespace adamsde
