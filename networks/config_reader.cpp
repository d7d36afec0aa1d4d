#include "networks/config_reader.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "cli/io/limits.h"
#include "cli/io/text.h"

namespace adamsde::networks {
namespace {

Json Scalar(const toml::node& node) {
  if (const auto* const flag = node.as_boolean()) return flag->get();
  if (const auto* const integer = node.as_integer()) return integer->get();
  if (const auto* const number = node.as_floating_point()) return number->get();
  if (const auto* const text = node.as_string()) return text->get();
  return nullptr;  // a date, or a list in a list: no getter takes it
}

using Visit = std::function<void(const std::string& key, const toml::node& node)>;

void ForEachValue(const toml::table& table, const std::string& prefix, const Visit& visit) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const toml::table* const inner = node.as_table()) {
      ForEachValue(*inner, name + ".", visit);
    } else {
      visit(name, node);
    }
  }
}

std::string Join(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

ConfigReader::ConfigReader(const std::filesystem::path& path)
    : source_(path.string()), folder_(path.parent_path()), resolved_(Json::object()) {
  const std::string text = ReadTextFile(path, kLargestConfig);
  if (!HasShallowKeys(text)) {
    throw std::invalid_argument(
        fmt::format("cannot read '{}' (keys within keys, deeper than 16)", source_));
  }
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw std::invalid_argument(
        fmt::format("{}:{}: {}", source_, error.source().begin.line, error.description()));
  }
  ForEachValue(table, "", [&](const std::string& key, const toml::node& node) {
    Value value{.json = Scalar(node), .line = node.source().begin.line};
    if (const toml::array* const array = node.as_array()) {
      value.json = Json::array();
      for (const toml::node& item : *array) value.json.push_back(Scalar(item));
    }
    values_[key] = std::move(value);
  });
}

void ConfigReader::Refuse(const std::string& key, const std::string& why) const {
  const auto found = values_.find(key);
  if (found == values_.end())
    throw std::invalid_argument(fmt::format("{}: {} {}", source_, key, why));
  throw std::invalid_argument(fmt::format("{}:{}: {} = {} is not allowed ({})", source_,
                                          found->second.line, key, found->second.json.dump(), why));
}

const Json* ConfigReader::Find(const std::string& key, const Json& fallback) {
  const auto found = values_.find(key);
  resolved_[key] = found == values_.end() ? fallback : found->second.json;
  return found == values_.end() ? nullptr : &found->second.json;
}

std::vector<double> ConfigReader::Numbers(const std::string& key,
                                          const std::vector<double>& fallback, double low,
                                          double high) {
  const Json* const json = Find(key, fallback);
  if (json == nullptr) return fallback;
  std::vector<double> numbers;
  for (const Json& item : json->is_array() ? *json : Json::array({*json})) {
    const double value = item.is_number() ? item.get<double>() : std::nan("");
    if (!(value >= low && value <= high)) {
      Refuse(key, fmt::format("must be numbers from {} to {}", low, high));
    }
    numbers.push_back(value);
  }
  if (numbers.empty()) Refuse(key, "must not be empty");
  return numbers;
}

double ConfigReader::Number(const std::string& key, double fallback, double low, double high) {
  const Json* const json = Find(key, fallback);
  if (json == nullptr) return fallback;
  const double value = json->is_number() ? json->get<double>() : std::nan("");
  if (!(value >= low && value <= high)) {
    Refuse(key, fmt::format("must be a number from {} to {}", low, high));
  }
  return value;
}

std::vector<std::int64_t> ConfigReader::Integers(const std::string& key,
                                                 const std::vector<std::int64_t>& fallback,
                                                 std::int64_t low, std::int64_t high) {
  const Json* const json = Find(key, fallback);
  if (json == nullptr) return fallback;
  std::vector<std::int64_t> numbers;
  for (const Json& item : json->is_array() ? *json : Json::array({*json})) {
    if (!item.is_number_integer() || item.get<std::int64_t>() < low ||
        item.get<std::int64_t>() > high) {
      Refuse(key, fmt::format("must be whole numbers from {} to {}", low, high));
    }
    numbers.push_back(item.get<std::int64_t>());
  }
  return numbers;
}

std::int64_t ConfigReader::Integer(const std::string& key, std::int64_t fallback, std::int64_t low,
                                   std::int64_t high) {
  const Json* const json = Find(key, fallback);
  if (json == nullptr) return fallback;
  if (!json->is_number_integer() || json->get<std::int64_t>() < low ||
      json->get<std::int64_t>() > high) {
    Refuse(key, fmt::format("must be a whole number from {} to {}", low, high));
  }
  return json->get<std::int64_t>();
}

bool ConfigReader::Flag(const std::string& key, bool fallback) {
  const Json* const json = Find(key, fallback);
  if (json == nullptr) return fallback;
  if (!json->is_boolean()) Refuse(key, "must be true or false");
  return json->get<bool>();
}

std::string ConfigReader::Text(const std::string& key, const std::string& fallback) {
  const Json* const json = Find(key, fallback);
  if (json == nullptr) return fallback;
  if (!json->is_string()) Refuse(key, "must be a text in quotes");
  return json->get<std::string>();
}

std::string ConfigReader::Word(const std::string& key, const std::string& fallback,
                               const std::vector<std::string>& allowed) {
  const std::string word = Text(key, fallback);
  if (std::find(allowed.begin(), allowed.end(), word) == allowed.end()) {
    Refuse(key, fmt::format("must be one of {}", Join(allowed)));
  }
  return word;
}

std::vector<std::string> ConfigReader::Words(const std::string& key,
                                             const std::vector<std::string>& fallback,
                                             const std::vector<std::string>& allowed) {
  const Json* const json = Find(key, fallback);
  if (json == nullptr) return fallback;
  std::vector<std::string> words;
  for (const Json& item : json->is_array() ? *json : Json::array({*json})) {
    const std::string word = item.is_string() ? item.get<std::string>() : "";
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), word) == allowed.end()) {
      Refuse(key, fmt::format("must be some of {}", Join(allowed)));
    }
    if (word.empty()) Refuse(key, "must be texts in quotes");
    words.push_back(word);
  }
  if (words.empty()) Refuse(key, "must not be empty");
  return words;
}

std::filesystem::path ConfigReader::File(const std::string& key) {
  const std::string name = Text(key, "");
  return name.empty() ? std::filesystem::path() : folder_ / name;
}

std::vector<std::filesystem::path> ConfigReader::Files(const std::string& key) {
  std::vector<std::filesystem::path> files;
  for (const std::string& name : Words(key, {}, {})) files.push_back(folder_ / name);
  return files;
}

std::vector<std::string> ConfigReader::Tables(const std::string& key) const {
  std::vector<std::pair<unsigned, std::string>> found;
  for (const auto& [name, value] : values_) {
    if (!name.starts_with(key + ".")) continue;
    const std::string rest = name.substr(key.size() + 1);
    const std::size_t dot = rest.find('.');
    if (dot != std::string::npos) found.emplace_back(value.line, rest.substr(0, dot));
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  for (const auto& [line, name] : found) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

void ConfigReader::RefuseUnknown() const {
  std::vector<std::string> known;
  for (const auto& [key, value] : resolved_.items()) known.push_back(key);
  for (const auto& [key, value] : values_) {
    if (resolved_.contains(key)) continue;
    const std::string nearest = NearestName(key, known);
    throw std::invalid_argument(
        fmt::format("{}:{}: unknown key '{}'{}", source_, value.line, key,
                    nearest.empty() ? "" : fmt::format(", did you mean '{}'?", nearest)));
  }
}

}  // namespace adamsde::networks
