#include "networks/curvature/curvature_json.h"

#include <cmath>

#include "cli/matrix_free.h"

namespace adamsde::networks {

std::string NameOf(NegativePolicy policy) {
  switch (policy) {
    case NegativePolicy::kAbsolute:
      return "absolute";
    case NegativePolicy::kClip:
      return "clip";
    case NegativePolicy::kDrop:
      return "drop";
    case NegativePolicy::kReject:
      break;
  }
  return "reject";
}

Json ToJson(const RunEstimate& estimate) {
  Json json;
  SetNumber(json, "value", estimate.value, "not finite");
  SetNumber(json, "stderr", estimate.standard_error, "a single run");
  return json;
}

Json ToJson(const NetworkErr& err, const CurvatureOptions& options) {
  Json json;
  json["negative"] = NameOf(options.policy.negative);
  json["floor"] = options.policy.floor;
  json["diagonal_floor"] = options.diagonal_floor;
  json["prior_variance"] = options.prior_variance;
  json["corollary3"] = {{"adamw", adamsde::ToJson(err.corollary3_adamw)},
                        {"l2_adam", adamsde::ToJson(err.corollary3_l2)}};
  json["matrix_free"] = {{"adamw", adamsde::ToJson(err.theorem6_adamw)},
                         {"l2_adam_printed", adamsde::ToJson(err.theorem7_l2)}};
  return json;
}

Json ToJson(const SpectrumShares& shares) {
  return {{"mass_unit", ToJson(shares.unit)},
          {"mass_negative", ToJson(shares.negative)},
          {"mass_at_floor", ToJson(shares.at_floor)},
          {"largest", shares.largest},
          {"smallest", shares.smallest}};
}

Json DiagonalJson(const Curvature& curvature) {
  const auto rms = [](const Eigen::VectorXd& v) {
    return std::sqrt(v.squaredNorm() / static_cast<double>(v.size()));
  };
  Json json;
  json["trace"] = curvature.diagonal.value.sum();
  json["rms"] = rms(curvature.diagonal.value);
  SetNumber(json, "rms_stderr", rms(curvature.diagonal.standard_error), "a single probe");
  json["share_negative"] = (curvature.diagonal.value.array() < 0).cast<double>().mean();
  json["share_at_floor"] = curvature.q_at_floor;
  return json;
}

}  // namespace adamsde::networks
