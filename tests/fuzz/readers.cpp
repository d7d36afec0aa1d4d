#include "tests/fuzz/readers.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

#ifndef ADAMSDE_FILES_ONLY
#include "cli/arguments.h"
#endif
#include "cli/io/checkpoint_file.h"
#include "cli/io/csv.h"
#include "cli/io/gzip.h"
#include "cli/io/idx.h"
#include "cli/io/matrix.h"
#include "cli/io/spectrum.h"
#include "cli/toml_problem.h"
#include "sde/ensemble/progress_arrays.h"

namespace adamsde::fuzz {
namespace {

void Promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

/// A file of this process, overwritten for each input and never emptied, which would wait for the
/// disk.
class Scratch {
 public:
  explicit Scratch(const std::string& extension)
      : path_(std::filesystem::temp_directory_path() /
              ("adamsde-fuzz-" + std::to_string(::getpid()) + extension)),
        file_(::open(path_.c_str(), O_WRONLY | O_CREAT, 0600)) {
    Promise(file_ >= 0, "the scratch file opens");
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    ::close(file_);
    ::unlink(path_.c_str());
  }

  const std::filesystem::path& operator()(const std::string& bytes) const {
    const auto size = static_cast<ssize_t>(bytes.size());
    Promise(::pwrite(file_, bytes.data(), bytes.size(), 0) == size && ::ftruncate(file_, size) == 0,
            "the scratch file is written");
    return path_;
  }

 private:
  std::filesystem::path path_;
  int file_;
};

template <typename Action>
bool Accepts(const Action& action) {
  try {
    action();
  } catch (const std::invalid_argument&) {
    return false;
  }
  return true;
}

bool ReadAsMatrix(const Scratch& file, const std::string& bytes) {
  return Accepts([&] {
    const LoadedMatrix loaded = ReadMatrix(file(bytes));
    Promise(loaded.values.size() > 0 && loaded.values.allFinite(), "a matrix is finite");
  });
}

bool ReadAsSpectrum(const Scratch& file, const std::string& bytes) {
  return Accepts([&] {
    const SpectrumRuns spectrum = ReadSpectrum(file(bytes));
    Promise(!spectrum.runs.empty(), "a spectrum has runs");
    for (const WeightedSpectrum& run : spectrum.runs) {
      Promise(run.values.size() > 0 && run.values.allFinite(), "eigenvalues are finite");
      Promise(std::abs(run.weights.sum() - 1) < 1e-9, "weights sum to 1");
      Promise((run.weights.array() >= 0).all(), "weights are not negative");
    }
  });
}

bool ReadAsDataset(const std::string& bytes) {
  const auto parse = [&](const std::string& text, const std::string& target) {
    const Dataset dataset = ParseDataset(text, "table", target);
    Promise(static_cast<Eigen::Index>(dataset.targets.size()) == dataset.features.rows(),
            "each row has its target");
    Promise(static_cast<Eigen::Index>(dataset.feature_names.size()) == dataset.features.cols(),
            "each feature has its name");
    Promise(dataset.features.allFinite(), "features are finite");
  };
  bool accepted = false;
  for (const char* const target : {"", "1", "y", "1,2"}) {
    accepted |= Accepts([&] {
      parse(IsGzip(bytes) ? Gunzip(bytes, "table", std::size_t{1} << 30) : bytes, target);
    });
  }
  return accepted;
}

std::string Gzip(const std::string& bytes) {
  z_stream stream{};
  Promise(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib");
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib reads it
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  Promise(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib ends");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// As images, packed or not; what is not packed is packed too and must give the same.
bool ReadAsIdx(const std::string& bytes) {
  IdxArray array;
  const bool accepted = Accepts([&] {
    static_cast<void>(IsIdx(bytes, "images"));
    array = ParseIdx(bytes, "images");
    std::size_t size = 1;
    for (const std::size_t extent : array.shape) size *= extent;
    Promise(size == array.bytes.size(), "the shape is that of the data");
  });
  if (IsGzip(bytes)) return accepted;
  const bool packed = Accepts([&] {
    const IdxArray other = ParseIdx(Gzip(bytes), "images");
    Promise(other.shape == array.shape && other.bytes == array.bytes, "packing changes nothing");
  });
  Promise(packed == accepted, "packed or not, a file is accepted");
  return accepted;
}

bool ReadAsToml(const Scratch& file, const std::string& bytes) {
  return Accepts([&] {
    const TomlProblem problem = LoadTomlProblem(file(bytes).string());
    for (const auto& [name, matrix] : problem.matrices) {
      Promise(matrix.size() > 0, "a matrix is not empty");
    }
  });
}

#ifndef ADAMSDE_FILES_ONLY
bool ReadAsConfiguration(const Scratch& file, const std::string& bytes) {
  return Accepts([&] {
    static_cast<void>(ParseArguments({"posterior", "--config", file(bytes).string()}));
  });
}
#endif

/// Its checksum is checked first: hardly anything altered reaches HDF5.
bool ReadAsCheckpoint(const std::string& bytes) {
  return Accepts([&] {
    const Hdf5Content content = ParseCheckpoint(bytes);
    Promise(ToBytes(FromBytes(ToBytes(content.arrays))) == ToBytes(content.arrays),
            "arrays survive a message");
    const EnsembleProgress progress = ReadProgress(content.arrays, "");
    ArrayMap again;
    AddArrays(progress, "", again);
    Promise(ToBytes(again) == ToBytes(content.arrays), "a run's progress survives its arrays");
  });
}

template <typename Function>
Reader WithFile(const char* extension, Function function) {
  return [file = std::make_shared<Scratch>(extension), function](const std::string& bytes) {
    return function(*file, bytes);
  };
}

}  // namespace

const std::map<std::string, Reader>& Readers() {
  static const std::map<std::string, Reader> readers = {
      {"checkpoint", ReadAsCheckpoint},
#ifndef ADAMSDE_FILES_ONLY
      {"config", WithFile(".config", ReadAsConfiguration)},
#endif
      {"csv", WithFile(".csv", ReadAsMatrix)},
      {"dataset", ReadAsDataset},
      {"idx", ReadAsIdx},
      {"mtx", WithFile(".mtx", ReadAsMatrix)},
      {"npy", WithFile(".npy", ReadAsMatrix)},
      {"spectrum_json", WithFile(".json", ReadAsSpectrum)},
      {"spectrum_npy", WithFile("-spectrum.npy", ReadAsSpectrum)},
      {"spectrum_npz", WithFile(".npz", ReadAsSpectrum)},
      {"spectrum_text", WithFile(".txt", ReadAsSpectrum)},
      {"toml", WithFile(".toml", ReadAsToml)}};
  return readers;
}

}  // namespace adamsde::fuzz
