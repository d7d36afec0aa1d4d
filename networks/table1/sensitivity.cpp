#include <fmt/format.h>

#include <cmath>

#include "analysis/spectrum/spectrum_runs.h"
#include "networks/table1/summary.h"

namespace adamsde::networks {
namespace {

/// What enters x_i and err.
struct Choice {
  std::string name;
  SpectrumPolicy policy;
  double prior_variance = 1;
  double rate_factor = 1;          ///< on η
  bool decay_of_adamw = false;     ///< ℓ2-Adam's formula with AdamW's λ
  bool spectrum_of_adamw = false;  ///< both formulas on the spectrum that AdamW found
};

double Err(const SpectrumCell& cell, Hyperparameters hyper, double decay, const Choice& choice,
           const SpectralErr Corollary3::*which) {
  hyper.weight_decay = decay;
  hyper.learning_rate *= choice.rate_factor;
  const Corollary3 mean =
      EvaluateRuns(ToSpectrumRuns(cell.spectrum), hyper, choice.prior_variance, choice.policy).mean;
  return (mean.*which).err_per_parameter;
}

std::vector<Choice> Choices(const Config& config) {
  const Choice base{.name = "as in the table",
                    .policy = config.curvature.policy,
                    .prior_variance = config.curvature.prior_variance};
  std::vector<Choice> choices = {base};
  const auto add = [&](const std::string& name) -> Choice& {
    choices.push_back(base);
    choices.back().name = name;
    return choices.back();
  };
  for (const double factor : {100.0, 0.01}) {
    SpectrumPolicy& policy = add(fmt::format("floor x {:g}", factor)).policy;
    policy.floor *= factor;
  }
  add("negative eigenvalues to the floor").policy.negative = NegativePolicy::kClip;
  add("negative eigenvalues left out").policy.negative = NegativePolicy::kDrop;
  add("prior variance x 10").prior_variance *= 10;
  add("prior variance / 10").prior_variance /= 10;
  add("learning rate / 10 (as if decayed)").rate_factor = 0.1;
  add("AdamW's lambda in both formulas").decay_of_adamw = true;
  add("both formulas on AdamW's spectrum").spectrum_of_adamw = true;
  Choice& both = add("AdamW's spectrum and lambda in both");
  both.decay_of_adamw = both.spectrum_of_adamw = true;
  return choices;
}

void AddPairs(const Table1Row& adamw, const Table1Row& l2, const Config& config,
              const Choice& choice, Sensitivity& sum) {
  const Hyperparameters hyper = ErrHyperparameters(config.training);
  for (std::size_t i = 0; i < adamw.members.size(); ++i) {
    if (!adamw.members[i].spectrum || !l2.members[i].spectrum) continue;
    const SpectrumCell& first = *adamw.members[i].spectrum;
    const SpectrumCell& second = choice.spectrum_of_adamw ? first : *l2.members[i].spectrum;
    const double a = Err(first, hyper, adamw.weight_decay, choice, &Corollary3::adamw);
    const double b =
        Err(second, hyper, choice.decay_of_adamw ? adamw.weight_decay : l2.weight_decay, choice,
            &Corollary3::l2_adam);
    sum.adamw += a;
    sum.l2_adam += b;
    ++sum.pairs;
    sum.ordered += a < b ? 1 : 0;
  }
}

}  // namespace

std::vector<Sensitivity> MeasureSensitivity(const std::vector<Table1Row>& rows,
                                            const Config& config) {
  std::vector<Sensitivity> result;
  for (const Choice& choice : Choices(config)) {
    Sensitivity sum{.choice = choice.name};
    for (const Table1Row& adamw : rows) {
      if (adamw.optimizer != "adamw") continue;
      for (const Table1Row& l2 : rows) {
        if (l2.model == adamw.model && l2.optimizer == "l2-adam") {
          AddPairs(adamw, l2, config, choice, sum);
        }
      }
    }
    sum.adamw /= sum.pairs;
    sum.l2_adam /= sum.pairs;
    result.push_back(sum);
  }
  return result;
}

}  // namespace adamsde::networks
