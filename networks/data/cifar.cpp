#include "networks/data/cifar.h"

#include <fmt/format.h>

#include <stdexcept>

namespace adamsde::networks {

Samples ParseCifar(std::string_view bytes, const std::string& name) {
  constexpr std::size_t kPixels = 3 * 32 * 32;
  constexpr std::size_t kRecord = 1 + kPixels;
  if (bytes.empty() || bytes.size() % kRecord != 0) {
    throw std::invalid_argument(fmt::format(
        "'{}' is not CIFAR-10's binary version ({} bytes are not a whole number of records of {})",
        name, bytes.size(), kRecord));
  }
  Samples samples{.shape = {.channels = 3, .height = 32, .width = 32},
                  .classes = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog",
                              "horse", "ship", "truck"},
                  .source = name};
  samples.bytes.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += kRecord) {
    const auto label = static_cast<unsigned char>(bytes[at]);
    if (label >= samples.classes.size()) {
      throw std::invalid_argument(
          fmt::format("'{}' is not CIFAR-10's binary version (record {} has the label {}, 0 to 9 "
                      "are allowed)",
                      name, at / kRecord + 1, label));
    }
    samples.labels.push_back(label);
    samples.bytes += bytes.substr(at + 1, kPixels);
  }
  return samples;
}

}  // namespace adamsde::networks
