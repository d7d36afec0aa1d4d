#include "cli/io/limits.h"

namespace adamsde {
namespace {

bool IsQuote(char c) { return c == '"' || c == '\''; }

bool IsBare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

}  // namespace

bool HasShallowKeys(std::string_view toml) {
  constexpr int kMostParts = 16;
  constexpr int kMostQuotedParts = 1000;
  // Strings need not be told apart: their quotes are counted where they touch a dot, and a chain of
  // bare parts joined by dots is rare in them.
  int chain = 0;
  int quoted = 0;
  char before = '\n';  // the last character but blanks
  for (const char c : toml) {
    if (c == ' ' || c == '\t') continue;
    if (c == '.') {
      chain = IsBare(before) ? chain + 1 : 0;
    } else if (!IsBare(c)) {
      chain = 0;
    }
    if ((c == '.' && IsQuote(before)) || (IsQuote(c) && before == '.')) ++quoted;
    if (chain > kMostParts || quoted > kMostQuotedParts) return false;
    before = c;
  }
  return true;
}

bool IsShallowJson(std::string_view json, int most) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > most) return false;
  }
  return true;
}

}  // namespace adamsde
