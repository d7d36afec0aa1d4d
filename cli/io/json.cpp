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

std::string ToText(const Json& json) { return json.dump(2) + "\n"; }

void WriteJson(const std::filesystem::path& path, const Json& json) {
  WriteFileAtomically(path, ToText(json));
}

}  // namespace adamsde
