#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/io/json.h"

namespace adamsde::networks {

/// Values of a TOML file by dotted key, each checked as it is asked for.
///
/// Every getter returns the default where the key is missing, and throws std::invalid_argument
/// naming file, line, key, value and what is allowed.
class ConfigReader {
 public:
  /// @throws std::invalid_argument  missing, too large or not TOML; names the line.
  explicit ConfigReader(const std::filesystem::path& path);

  [[nodiscard]] bool Has(const std::string& key) const { return values_.contains(key); }
  double Number(const std::string& key, double fallback, double low, double high);
  std::int64_t Integer(const std::string& key, std::int64_t fallback, std::int64_t low,
                       std::int64_t high);
  bool Flag(const std::string& key, bool fallback);
  std::string Text(const std::string& key, const std::string& fallback);
  /// One of some words.
  std::string Word(const std::string& key, const std::string& fallback,
                   const std::vector<std::string>& allowed);
  std::vector<std::string> Words(const std::string& key, const std::vector<std::string>& fallback,
                                 const std::vector<std::string>& allowed);
  std::vector<double> Numbers(const std::string& key, const std::vector<double>& fallback,
                              double low, double high);
  std::vector<std::int64_t> Integers(const std::string& key,
                                     const std::vector<std::int64_t>& fallback, std::int64_t low,
                                     std::int64_t high);
  /// A file, relative to the configuration's folder; empty where missing.
  std::filesystem::path File(const std::string& key);
  /// One file or a list of them.
  std::vector<std::filesystem::path> Files(const std::string& key);

  /// Names of the tables within one: of models for [models.a] and [models.b], a and b in order.
  [[nodiscard]] std::vector<std::string> Tables(const std::string& key) const;
  /// @throws std::invalid_argument  a key that no getter asked for; names it and the nearest.
  void RefuseUnknown() const;
  /// All values in force, by dotted key.
  [[nodiscard]] const Json& Resolved() const { return resolved_; }

  [[noreturn]] void Refuse(const std::string& key, const std::string& why) const;

 private:
  struct Value {
    Json json;
    unsigned line = 0;
  };
  const Json* Find(const std::string& key, const Json& fallback);

  std::string source_;
  std::filesystem::path folder_;
  std::map<std::string, Value> values_;
  Json resolved_;
};

}  // namespace adamsde::networks
