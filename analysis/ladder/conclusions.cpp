#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/ladder/ladder_state.h"

namespace adamsde {
namespace {

bool Trusted(const Rung& rung) { return !rung.sample || rung.sample->mixed; }

/// ‖ΔM‖ against the smaller of the two covariances: growth and shrinkage count alike.
double Harm(const Ladder& ladder, const Rung& rung) {
  const Rung* const before = FindRung(ladder, rung.compared_with);
  if (!rung.Exists() || before == nullptr || !before->Exists() || !Trusted(rung)) return 0;
  const double noise = rung.sample ? rung.standard_error : 0;
  const double change =
      std::sqrt(std::max(0.0, rung.relative_change * rung.relative_change - noise * noise));
  const double ratio = rung.law.covariance.norm() / before->law.covariance.norm();
  return change / std::min(1.0, ratio);
}

void NameWhatHurts(Ladder& ladder) {
  double most = 1e-12;
  for (const Rung& rung : ladder.rungs) {
    if (const double harm = Harm(ladder, rung); harm > most) {
      most = harm;
      ladder.hurts_most = rung.id;
    }
  }
  if (ladder.hurts_most.empty()) return;
  const Rung& rung = *FindRung(ladder, ladder.hurts_most);
  ladder.conclusions.push_back(fmt::format(
      "rung {} hurts most ({}): the covariance changes by {:.3g} times the smaller of the two, "
      "trace {:.4g} to {:.4g}",
      rung.id, rung.name, most, FindRung(ladder, rung.compared_with)->trace, rung.trace));
}

void NameWhatMovesTheMean(Ladder& ladder) {
  double farthest = 0;
  const Rung* moved = nullptr;
  for (const Rung& rung : ladder.rungs) {
    if (!Trusted(rung) || !(rung.mean_change_sigma > farthest)) continue;
    farthest = rung.mean_change_sigma;
    moved = &rung;
  }
  if (moved == nullptr) return;
  ladder.conclusions.push_back(fmt::format("the mean moves most on rung {} ({}): by {:.3g} sigma",
                                           moved->id, moved->name, farthest));
}

}  // namespace

void Conclude(Ladder& ladder) {
  NameWhatHurts(ladder);
  NameWhatMovesTheMean(ladder);
  for (const Rung& rung : ladder.rungs) {
    if (Trusted(rung)) continue;
    ladder.conclusions.push_back(
        fmt::format("rung {} has NOT MIXED (nested R-hat {:.4f}, allowed 1.01; drift {:.2g} "
                    "standard errors, allowed 4): its numbers are not a stationary law's",
                    rung.id, rung.sample->r_hat, rung.sample->drift_z));
  }
}

}  // namespace adamsde
