// libFuzzer's entry: one program per format, ADAMSDE_READER names it.
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/fuzz/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const adamsde::fuzz::Reader read = adamsde::fuzz::Readers().at(ADAMSDE_READER);
  static_cast<void>(read(std::string(reinterpret_cast<const char*>(data), size)));
  return 0;
}
