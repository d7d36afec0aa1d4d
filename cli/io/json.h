#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace adamsde {

using Json = nlohmann::ordered_json;

/// object[name] = value; a non-finite value as null beside object[name + "_reason"] = reason.
void SetNumber(Json& object, const std::string& name, double value, const std::string& reason);

/// object[name] = null with its reason.
void SetNull(Json& object, const std::string& name, const std::string& reason);

/// Two spaces of indentation and a final newline; what is not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string ToText(const Json& json);

void WriteJson(const std::filesystem::path& path, const Json& json);

}  // namespace adamsde
