#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/report/figure.h"
#include "cli/report/files.h"

namespace adamsde {

/// A Gaussian law to draw.
struct CovarianceOf {
  std::string title;
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;
};

/// The laws among a result's files (covariance*.npy), all about mean.npy.
[[nodiscard]] std::vector<CovarianceOf> LawsOf(const ReportFiles& files);

/// Their 95 % ellipses in two coordinates that the reader chooses; nothing for d = 1.
[[nodiscard]] std::optional<Figure> EllipseFigure(const std::vector<CovarianceOf>& laws);

}  // namespace adamsde
