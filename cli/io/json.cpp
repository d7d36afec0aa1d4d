#include "cli/io/json.h"

#include <cmath>

#include "cli/io/atomic_file.h"

namespace adamsde {

void SetNumber(Json& object, const std::string& name, double value, const std::string& reason) {
  if (std::isfinite(value)) {
    object[name] = value;
  } else {
    SetNull(object, name, reason);
  }
}

void SetNull(Json& object, const std::string& name, const std::string& reason) {
  object[name] = nullptr;
  object[name + "_reason"] = reason;
}

std::string ToText(const Json& json) {
  // A file name need not be UTF-8, and must not cost a finished run its result.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void WriteJson(const std::filesystem::path& path, const Json& json) {
  WriteFileAtomically(path, ToText(json));
}

}  // namespace adamsde
