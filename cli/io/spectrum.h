#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/spectrum/lanczos.h"
#include "analysis/spectrum/spectrum_runs.h"

namespace adamsde {

/// Reads a weighted spectrum of one or more runs, by extension:
///
/// * .npz   arrays of eigenvalues and of weights, runs × nodes: PyHessian's density() saved under
///          eig/wt, eigenvalues/weights, eigen_list_full/weight_list_full, or unnamed in this
///          order; hessian-eigenthings' raw_eigenvalues/raw_weights with runs padded by NaN. float
///          or complex with zero imaginary part, stored or deflated.
/// * .json  {"eig": [[…], …], "wt": [[…], …]} under the same names, or [eigenvalues, weights]; runs
///          may differ in length; NaN or null pads.
/// * other  text: columns run,k,eig,weight, or eig,weight, or eig (equal weights), with or without
///          a header.
///
/// Each run's weights must sum to 1 within 1e-3 and are then normalized.
/// @throws std::invalid_argument  anything else; names the file and what is wrong. Weights given as
///                                a matrix of squared eigenvectors (3-D) are recognized.
[[nodiscard]] SpectrumRuns ReadSpectrum(const std::filesystem::path& path);

/// The text format run,k,eig,weight, which ReadSpectrum reads.
[[nodiscard]] std::string SpectrumCsv(const NodeTable& runs);

}  // namespace adamsde
