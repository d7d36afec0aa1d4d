#include "cli/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cli/io/limits.h"
#include "cli/io/text.h"

namespace adamsde {
namespace {

[[noreturn]] void Refuse(int line, std::string_view why) {
  throw std::invalid_argument(fmt::format(
      "--config, line {}: {} (one key = value per line, as --dump-config prints)", line, why));
}

}  // namespace

/// CLI11 would look for a command in each part of a section's or dotted key's name, join the lines
/// of a list, and not say which keys there are.
void FlatConfig::RequireFlat(std::string_view line, int number) const {
  line = Trim(line);
  if (line.empty() || line.front() == '#' || line.front() == ';') return;
  if (line.front() == '[') Refuse(number, "sections are not known");
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) Refuse(number, "no '='");
  const std::string key(Trim(line.substr(0, equals)));
  if (std::find(keys_.begin(), keys_.end(), key) == keys_.end()) {
    const std::string nearest = NearestName(key, keys_);
    Refuse(number,
           fmt::format("unknown key '{}'{}", key,
                       nearest.empty() ? "" : fmt::format(", did you mean '{}'?", nearest)));
  }
  if (Trim(line.substr(equals + 1)).starts_with('[')) Refuse(number, "no option is a list");
}

std::vector<CLI::ConfigItem> FlatConfig::from_config(std::istream& input) const {
  std::string text;
  int number = 0;
  for (std::string line; std::getline(input, line);) {
    RequireFlat(line, ++number);
    text += line + '\n';
    if (text.size() > kLargestConfig) Refuse(number, "the file is too long");
  }
  std::istringstream lines(text);
  return CLI::ConfigBase::from_config(lines);
}

}  // namespace adamsde
