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

constexpr const char* kExitStatus = R"(.SH EXIT STATUS
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
)";

constexpr const char* kSeeAlso = R"(.SH SEE ALSO
P. Zhou, X. Xie, Z. Lin and S. Yan, "Towards Understanding Convergence and Generalization of AdamW",
IEEE Transactions on Pattern Analysis and Machine Intelligence, 2024
)";

}  // namespace

std::string ManualPage(const ProgramFacts& program) {
  std::string upper = program.name;
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  const std::string name = Roff(program.name);
  std::string page = fmt::format(".TH {} 1 \"\" \"{} {}\" \"User Commands\"\n", Roff(upper), name,
                                 Roff(program.version));
  page += ".SH NAME\n" + name + " \\- " + Roff(program.text) + "\n";
  page += ".SH SYNOPSIS\n.B " + name + "\n.I COMMAND\n.RI [ options ]\n";
  page += ".SH DESCRIPTION\n" + program.description;
  page += ".SH COMMANDS\n" + CommandEntries(program.commands, "");
  page += ".SH OPTIONS\n" + OptionEntries(program) + kExitStatus;
  page += ".SH EXAMPLES\n.nf\n";
  for (const std::string& example : program.examples) page += Roff(example) + "\n";
  return page + ".fi\n" + kSeeAlso;
}

}  // namespace adamsde
