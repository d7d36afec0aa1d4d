// Every file of the corpus, all its truncations, and seeded mutations of it, through the readers:
// what the fuzzers (scripts/fuzz) found once stays found, without their compiler.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/readers.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

namespace adamsde {
namespace {

using fuzz::Reader;
using fuzz::Readers;

std::vector<std::string> Corpus(const std::string& format) {
  std::vector<std::filesystem::path> paths;
  const auto folder = std::filesystem::path(testing::kSourceDir) / "tests/fuzz/corpus" / format;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> files;
  for (const auto& path : paths) files.push_back(testing::ReadAll(path.string()));
  return files;
}

/// One to four changes: bits, bytes, numbers at their limits, pieces cut out, doubled or taken from
/// another file.
std::string Mutate(std::string bytes, const std::vector<std::string>& corpus,
                   std::mt19937& engine) {
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : engine() % n; };
  const char* const words[] = {"1e999", "nan", "-",    "999999999999999999999", "[[[[", "\"", "\n",
                               ",",     "'",   "1e-5", "\xff\xff\xff\xff"};
  for (std::size_t change = 1 + below(4); change-- > 0;) {
    const std::size_t at = below(bytes.size());
    const std::size_t length = std::min<std::size_t>(1 + below(16), bytes.size() - at);
    switch (below(7)) {
      case 0:
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 1:
        if (!bytes.empty()) bytes[at] = static_cast<char>(engine());
        break;
      case 2:
        bytes.replace(at, length, words[below(std::size(words))]);
        break;
      case 3:
        bytes.erase(at, length);
        break;
      case 4:
        bytes.insert(at, bytes.substr(below(bytes.size()), length));
        break;
      case 5:
        bytes.insert(at, words[below(std::size(words))]);
        break;
      default: {
        const std::string& other = corpus[below(corpus.size())];
        bytes.replace(at, length, other.substr(below(other.size()), 1 + below(64)));
      }
    }
  }
  return bytes;
}

class HostileInput : public ::testing::TestWithParam<std::string> {};

TEST_P(HostileInput, IsReadOrRefused) {
  const Reader& read = Readers().at(GetParam());
  const std::vector<std::string> corpus = Corpus(GetParam());
  // A configuration goes through a whole new command line, a hundred times the work of the others.
  const int share = GetParam() == "config" ? 10 : 1;
  std::size_t accepted = 0;
  std::size_t refused = 0;
  const auto run = [&](const std::string& bytes) { ++(read(bytes) ? accepted : refused); };
  for (const std::string& bytes : corpus) run(bytes);
  EXPECT_GT(accepted, 0U) << "no file of the corpus is good";
  EXPECT_GT(refused, 0U) << "no file of the corpus is bad";
  for (const std::string& bytes : corpus) {
    const std::size_t step = 1 + bytes.size() * static_cast<std::size_t>(share) / 64;
    for (std::size_t length = 0; length < bytes.size(); length += step) {
      run(bytes.substr(0, length));
    }
  }
  std::mt19937 engine(20240917);
  for (int k = 0; k < ADAMSDE_MUTATIONS / share; ++k) {
    run(Mutate(corpus[engine() % corpus.size()], corpus, engine));
  }
}

std::vector<std::string> Formats() {
  std::vector<std::string> names;
  for (const auto& [name, reader] : Readers()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Readers, HostileInput, ::testing::ValuesIn(Formats()),
                         [](const auto& format) { return format.param; });

}  // namespace
}  // namespace adamsde
