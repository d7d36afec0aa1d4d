#include "cli/report/knobs.h"

#include <bit>
#include <cstdint>
#include <stdexcept>

#include "cli/report/columns.h"

namespace adamsde {
namespace {

std::string Base64Of(const Eigen::MatrixXd& matrix, Eigen::Index column) {
  const auto values = matrix.col(column);
  return Base64({values.begin(), values.end()});
}

std::string PackedLower(const Eigen::MatrixXd& matrix) {
  std::vector<double> packed;
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    for (Eigen::Index j = 0; j <= i; ++j) packed.push_back(matrix(i, j));
  }
  return Base64(packed);
}

/// The λ of the sweep's own table, some forty of them, for curves that are drawn at every move.
Json CurvePoints(const ReportFiles& files) {
  Json lambdas = Json::array();
  const auto sweep = Columns::Read(files, "sweep.csv");
  if (!sweep) return lambdas;
  const std::vector<double> all = sweep->Numbers("lambda");
  const std::size_t stride = all.size() / 40 + 1;
  for (std::size_t k = 0; k < all.size(); k += stride) {
    if (all[k] > 0) lambdas.push_back(all[k]);
  }
  return lambdas;
}

void RequireSquare(const Eigen::MatrixXd& matrix, Eigen::Index size) {
  if (matrix.rows() != size || matrix.cols() != size) {
    throw std::invalid_argument("modes_gram.npy or modes_noise.npy does not fit modes.npy");
  }
}

}  // namespace

std::string Base64(const std::vector<double>& values) {
  constexpr const char* kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  for (const double value : values) {
    auto bits = std::bit_cast<std::uint64_t>(value);
    for (int k = 0; k < 8; ++k, bits >>= 8) bytes += static_cast<char>(bits & 0xff);
  }
  std::string text;
  for (std::size_t k = 0; k < bytes.size(); k += 3) {
    std::uint32_t group = 0;
    for (std::size_t n = 0; n < 3; ++n) {
      const char byte = k + n < bytes.size() ? bytes[k + n] : '\0';
      group = group << 8 | static_cast<unsigned char>(byte);
    }
    for (std::size_t n = 0; n < 4; ++n) {
      text += k + n <= bytes.size() ? kDigits[group >> (18 - 6 * n) & 63] : '=';
    }
  }
  return text;
}

namespace {

Json ModesData(const Json& about, const Eigen::MatrixXd& modes, const Eigen::MatrixXd& gram,
               const ReportFiles& files) {
  if (modes.cols() != 4) throw std::invalid_argument("modes.npy does not have four columns");
  RequireSquare(gram, modes.rows());
  Json data;
  data["s"] = Base64Of(modes, 0);
  data["p"] = Base64Of(modes, 1);
  data["g"] = Base64Of(modes, 2);
  data["z"] = Base64Of(modes, 3);
  data["gram"] = PackedLower(gram);
  if (const auto noise = files.Matrix("modes_noise.npy")) {
    RequireSquare(*noise, modes.rows());
    data["noise"] = PackedLower(*noise);
  }
  data["rotates"] = about.value("rotates", false);
  data["log_det_q"] = about.at("log_det_q");
  data["minimizer_square"] = about.at("minimizer_square");
  return data;
}

Json NodesData(const Json& about, const Eigen::MatrixXd& nodes) {
  if (nodes.cols() != 2) throw std::invalid_argument("nodes.npy does not have two columns");
  return {{"sigma", Base64Of(nodes, 0)},
          {"weights", Base64Of(nodes, 1)},
          {"dimension", about.at("dimension")}};
}

}  // namespace

std::optional<Knobs> MakeKnobs(const Json& result, const ReportFiles& files) {
  const auto about = result.find("modes");
  if (about == result.end() || !about->is_object()) return std::nullopt;
  const auto modes = files.Matrix("modes.npy");
  const auto gram = files.Matrix("modes_gram.npy");
  const auto nodes = files.Matrix("nodes.npy");
  // A folder may hold an earlier sweep's files too: result.json says which are its own.
  const bool spectrum = about->contains("dimension");
  if (spectrum ? !nodes.has_value() : !modes || !gram) return std::nullopt;
  Json data = spectrum ? NodesData(*about, *nodes) : ModesData(*about, *modes, *gram, files);
  const Json& options = result.at("options");
  data["mean_moves"] = options.at("posterior-mean") == "stationary";
  data["lambdas"] = CurvePoints(files);
  data["base"] = {{"weightDecay", options.at("weight-decay")},
                  {"learningRate", options.at("learning-rate")},
                  {"batchSize", options.at("batch-size")},
                  {"priorVariance", options.at("prior-variance")}};
  if (!spectrum) {
    data["base"]["numSamples"] = options.at("num-samples");
    data["base"]["failureProbability"] = options.at("failure-probability");
  }
  data["fixed"] = about->at("fixed");
  data["command"] = about->at("command");
  return Knobs{data};
}

}  // namespace adamsde
