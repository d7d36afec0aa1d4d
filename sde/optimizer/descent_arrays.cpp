#include "sde/optimizer/descent_arrays.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace adamsde {
namespace {

class Writer {
 public:
  void operator()(double value) { numbers_.push_back(value); }
  void operator()(std::int64_t value) { numbers_.push_back(static_cast<double>(value)); }
  void operator()(const RunAverage& a) {
    (*this)(a.count);
    (*this)(a.mean);
    (*this)(a.squares);
  }
  void operator()(const QuantityAverages& averages) {
    for (const RunAverage& a : averages) (*this)(a);
  }
  void All(const DescentState& state) {
    for (const Eigen::MatrixXd* const part : {&state.x, &state.m, &state.n}) {
      for (const double value : part->reshaped()) (*this)(value);
    }
  }
  [[nodiscard]] Eigen::MatrixXd Column() const {
    return Eigen::Map<const Eigen::VectorXd>(numbers_.data(),
                                             static_cast<Eigen::Index>(numbers_.size()));
  }

 private:
  std::vector<double> numbers_;
};

class Reader {
 public:
  explicit Reader(const Eigen::MatrixXd& column) : column_(column) {}
  void operator()(double& value) {
    if (at_ >= column_.size()) throw std::invalid_argument("a block of runs is cut short");
    value = column_(at_++);
  }
  void operator()(std::int64_t& value) {
    double number = 0;
    (*this)(number);
    value = static_cast<std::int64_t>(number);
  }
  void operator()(RunAverage& a) {
    (*this)(a.count);
    (*this)(a.mean);
    (*this)(a.squares);
  }
  void operator()(QuantityAverages& averages) {
    for (RunAverage& a : averages) (*this)(a);
  }
  void Rows(DescentState& state, std::int64_t first, std::int64_t rows) {
    if (state.x.size() == 0) return;
    for (Eigen::MatrixXd* const part : {&state.x, &state.m, &state.n}) {
      for (double& value : part->middleRows(first, rows).reshaped()) (*this)(value);
    }
  }
  void RequireEnd() const {
    if (at_ != column_.size()) throw std::invalid_argument("a block of runs is too long");
  }

 private:
  const Eigen::MatrixXd& column_;
  Eigen::Index at_ = 0;
};

/// All but the states, in one order for writing and reading.
template <typename Archive, typename Result>
void Describe(Archive& archive, Result& result) {
  archive(result.average);
  archive(result.output);
  archive(result.final_distance);
  for (auto& record : result.records) {
    archive(record.iteration);
    archive(record.at);
    archive(record.running_average);
  }
  for (auto& g : result.gradient) archive(g);
  archive(result.largest_x);
  archive(result.diverged);
}

}  // namespace

Eigen::MatrixXd ToColumn(const DescentResult& part) {
  Writer writer;
  Describe(writer, part);
  writer.All(part.final_state);
  writer.All(part.output_state);
  return writer.Column();
}

DescentResult FromColumn(const Eigen::MatrixXd& column, const DescentOptions& options,
                         std::int64_t first_run, std::int64_t runs, DescentResult& states) {
  DescentResult part;
  part.records.resize(options.records.size());
  if (options.track_gradient) part.gradient.resize(static_cast<std::size_t>(options.iterations));
  Reader reader(column);
  Describe(reader, part);
  reader.Rows(states.final_state, first_run, runs);
  reader.Rows(states.output_state, first_run, runs);
  reader.RequireEnd();
  return part;
}

}  // namespace adamsde
