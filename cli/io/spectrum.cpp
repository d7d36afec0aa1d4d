#include "cli/io/spectrum.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "cli/io/limits.h"
#include "cli/io/npy_header.h"
#include "cli/io/spectrum_text.h"
#include "cli/io/text.h"
#include "cli/io/zip.h"
#include "cli/machine.h"

namespace adamsde {
namespace {

constexpr const char* kValueNames[] = {
    "eig",   "eigs",         "eigenvalues", "values", "raw_eigenvalues", "eigen_list_full",
    "arr_0", "density_eigen"};
constexpr const char* kWeightNames[] = {
    "wt", "weight", "weights", "raw_weights", "weight_list_full", "arr_1", "density_weight"};
constexpr const char* kWholeMatrix =
    "the weights have 3 dimensions: these look like whole squared eigenvector matrices (give only "
    "the squared FIRST components, runs x nodes)";

/// Not ordered_json, which searches all keys before each new one.
using Tree = nlohmann::json;

[[noreturn]] void Refuse(const std::filesystem::path& path, const std::string& why) {
  throw std::invalid_argument(fmt::format("{} is not a usable spectrum ({})", path.string(), why));
}

void RequireFewRuns(const std::filesystem::path& path, std::size_t runs) {
  if (runs > kMostSpectrumRuns) {
    Refuse(path, fmt::format("{} runs, allowed are {}: arrays are runs x nodes", runs,
                             kMostSpectrumRuns));
  }
}

/// What is stored under one of the names; null where none is.
template <typename Map, std::size_t n>
auto Find(Map& map, const char* const (&names)[n]) {
  for (const char* const name : names) {
    const auto found = map.find(name);
    if (found != map.end()) return found;
  }
  return map.end();
}

/// Pairs up runs and drops padding: nodes whose value and weight are both NaN.
SpectrumRuns Assemble(const std::filesystem::path& path, const JaggedNumbers& values,
                      const JaggedNumbers& weights) {
  if (values.empty()) Refuse(path, "no eigenvalues");
  RequireFewRuns(path, values.size());
  if (!weights.empty() && values.size() != weights.size()) {
    Refuse(path,
           fmt::format("{} runs of eigenvalues, {} of weights", values.size(), weights.size()));
  }
  SpectrumRuns spectrum;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const std::size_t n = values[k].size();
    if (!weights.empty() && weights[k].size() != n) {
      Refuse(path,
             fmt::format("run {} has {} eigenvalues and {} weights", k + 1, n, weights[k].size()));
    }
    WeightedSpectrum run{.values = Eigen::VectorXd(n), .weights = Eigen::VectorXd(n)};
    Eigen::Index kept = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double value = values[k][i];
      const double weight = weights.empty() ? 1 : weights[k][i];
      if (std::isnan(value) && (weights.empty() || std::isnan(weight))) continue;
      if (!std::isfinite(value) || !std::isfinite(weight)) {
        Refuse(path, fmt::format("run {} has eigenvalue {} with weight {} at node {}", k + 1, value,
                                 weight, i + 1));
      }
      run.values(kept) = value;
      run.weights(kept++) = weight;
    }
    if (kept == 0) Refuse(path, fmt::format("run {} has no nodes", k + 1));
    run.values.conservativeResize(kept);
    run.weights.conservativeResize(kept);
    if (weights.empty()) run.weights.setConstant(1 / static_cast<double>(kept));
    spectrum.runs.push_back(std::move(run));
  }
  try {
    NormalizeWeights(spectrum);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("{}: {}", path.string(), error.what()));
  }
  return spectrum;
}

/// One array of an archive: runs × nodes, or one run. Complex numbers must be real.
JaggedNumbers ParseArray(const std::filesystem::path& path, const std::string& bytes) {
  const NpyHeader header = ParseNpyHeader(path, bytes);
  if (header.shape.size() == 3) Refuse(path, kWholeMatrix);
  if (header.shape.empty() || header.shape.size() > 3) {
    Refuse(path, fmt::format("it has {} dimensions, allowed are 1 and 2", header.shape.size()));
  }
  if (header.type == "|O") {
    Refuse(path,
           "it is an object array of Python lists: save runs of unequal length as .json, or "
           "pad them with NaN");
  }
  const std::string kind = header.type.size() == 3 ? header.type.substr(1) : "";
  const bool complex = kind == "c8" || header.type.ends_with("c16");
  const bool known = complex || kind == "f8" || kind == "f4";
  if (!known) {
    Refuse(path, fmt::format("its type is '{}', allowed are float and complex", header.type));
  }
  const std::size_t item = kind == "f4" || kind == "c8" ? 4 : 8;
  const bool big_endian = header.type.front() == '>';
  const std::size_t rows = header.shape.size() == 2 ? header.shape[0] : 1;
  const std::size_t columns = header.shape.back();
  const std::size_t numbers = (bytes.size() - header.data_offset) / item / (complex ? 2 : 1);
  if (rows == 0 || columns == 0) Refuse(path, "it is empty");
  if (rows > numbers / columns || rows * columns != numbers) {
    Refuse(path,
           fmt::format("its shape {}x{} does not match its {} numbers", rows, columns, numbers));
  }
  RequireFewRuns(path, rows);
  JaggedNumbers runs(rows, std::vector<double>(columns));
  const char* at = bytes.data() + header.data_offset;
  for (std::size_t k = 0; k < numbers; ++k) {
    const std::size_t i = header.fortran_order ? k % rows : k / columns;
    const std::size_t j = header.fortran_order ? k / rows : k % columns;
    runs[i][j] = DecodeFloat(at, item, big_endian);
    at += item;
    if (!complex) continue;
    const double imaginary = DecodeFloat(at, item, big_endian);
    at += item;
    if (std::abs(imaginary) > 1e-12 * (1 + std::abs(runs[i][j]))) {
      Refuse(path, fmt::format("entry {} has imaginary part {:.3g} (must be 0)", k + 1, imaginary));
    }
  }
  return runs;
}

SpectrumRuns ReadNpz(const std::filesystem::path& path) {
  std::map<std::string, std::string> arrays;
  for (auto& [name, bytes] : ReadZip(path, ReadTextFile(path))) {
    if (name.ends_with(".npy")) arrays[name.substr(0, name.size() - 4)] = std::move(bytes);
  }
  const auto values = Find(arrays, kValueNames);
  const auto weights = Find(arrays, kWeightNames);
  if (values == arrays.end()) Refuse(path, "no array 'eig' (or another of the known names)");
  const auto parse = [&](const auto& array) {
    return ParseArray(path.string() + ":" + array->first, array->second);
  };
  return Assemble(path, parse(values), weights == arrays.end() ? JaggedNumbers{} : parse(weights));
}

/// A number, null for NaN, or Python's text of a complex number with zero imaginary part.
double ParseEntry(const std::filesystem::path& path, const Tree& entry) {
  if (entry.is_number()) return entry.get<double>();
  if (entry.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (entry.is_array()) Refuse(path, kWholeMatrix);
  if (entry.is_string()) {
    if (const auto number = ParseRealOfComplex(entry.get<std::string>())) return *number;
  }
  Refuse(path, fmt::format("an entry is {}, not a number", entry.dump().substr(0, 40)));
}

JaggedNumbers ParseRuns(const std::filesystem::path& path, const Tree& json) {
  if (!json.is_array() || json.empty()) Refuse(path, "eigenvalues and weights must be lists");
  JaggedNumbers runs;
  const auto parse = [&](const Tree& list) {
    std::vector<double> run;
    run.reserve(list.size());
    for (const Tree& entry : list) run.push_back(ParseEntry(path, entry));
    runs.push_back(std::move(run));
  };
  if (!json.front().is_array()) {
    parse(json);
    return runs;
  }
  for (const Tree& list : json) {
    if (!list.is_array()) Refuse(path, "runs must all be lists");
    parse(list);
  }
  return runs;
}

SpectrumRuns ReadJsonSpectrum(const std::filesystem::path& path) {
  const std::string text = NullForNan(ReadTextFile(path, kLargestJson));
  if (!IsShallowJson(text, 16)) Refuse(path, "lists within lists, deeper than 16");
  RequireMemory(25.0 * static_cast<double>(text.size()),
                fmt::format("reading '{}'", path.string()));
  Tree json;
  try {
    json = Tree::parse(text);
  } catch (const Tree::parse_error& error) {
    Refuse(path, fmt::format("not JSON at byte {}", error.byte));
  } catch (const Tree::out_of_range&) {
    Refuse(path, "a number is too large");
  }
  if (json.is_array()) {
    const bool pair = json.size() == 2 && json[0].is_array();
    if (!pair) return Assemble(path, ParseRuns(path, json), {});
    return Assemble(path, ParseRuns(path, json[0]), ParseRuns(path, json[1]));
  }
  if (!json.is_object()) Refuse(path, "neither an object nor a list");
  const auto values = Find(json, kValueNames);
  const auto weights = Find(json, kWeightNames);
  if (values == json.end()) Refuse(path, "no key 'eig' (or another of the known names)");
  return Assemble(path, ParseRuns(path, *values),
                  weights == json.end() ? JaggedNumbers{} : ParseRuns(path, *weights));
}

}  // namespace

SpectrumRuns ReadSpectrum(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".npz") return ReadNpz(path);
  if (extension == ".json") return ReadJsonSpectrum(path);
  if (extension == ".npy") {
    return Assemble(path, ParseArray(path, ReadTextFile(path)), {});
  }
  const SpectrumTable table = ParseSpectrumTable(path.string(), ReadTextFile(path));
  return Assemble(path, table.values, table.weights);
}

std::string SpectrumCsv(const NodeTable& runs) {
  std::string text = "run,k,eig,weight\n";
  for (Eigen::Index r = 0; r < runs.values.rows(); ++r) {
    for (Eigen::Index k = 0; k < runs.values.cols(); ++k) {
      text += fmt::format("{},{},{},{}\n", r, k, runs.values(r, k), runs.weights(r, k));
    }
  }
  return text;
}

}  // namespace adamsde
