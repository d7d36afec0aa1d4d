#include "networks/training/checkpoint.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

#include "cli/io/atomic_file.h"
#include "cli/io/text.h"

namespace adamsde::networks {
namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian");

constexpr const char* kSchema = "adamsde-net.checkpoint.v1";

using Field = std::pair<const char*, double EpochRecord::*>;
constexpr std::array<Field, 7> kFields = {
    Field{"learning_rate", &EpochRecord::learning_rate},
    Field{"train_loss", &EpochRecord::train_loss},
    Field{"train_accuracy", &EpochRecord::train_accuracy},
    Field{"validation_loss", &EpochRecord::validation_loss},
    Field{"validation_accuracy", &EpochRecord::validation_accuracy},
    Field{"test_loss", &EpochRecord::test_loss},
    Field{"test_accuracy", &EpochRecord::test_accuracy}};

std::string Bytes(const TrainingState& state) {
  std::string bytes;
  for (const Eigen::VectorXd* part : {&state.x, &state.m, &state.n, &state.buffers}) {
    bytes.append(reinterpret_cast<const char*>(part->data()),
                 static_cast<std::size_t>(part->size()) * sizeof(double));
  }
  return bytes;
}

std::uint32_t Crc(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

[[noreturn]] void RefuseFile(const std::filesystem::path& path, const std::string& why) {
  throw std::invalid_argument(
      fmt::format("'{}' is not a usable checkpoint ({})", path.string(), why));
}

/// The first key in which two runs differ, with both values.
void RequireSame(const std::filesystem::path& path, const Json& found, const Json& expected) {
  for (const auto& [key, value] : expected.items()) {
    const Json other = found.value(key, Json());
    if (other != value) {
      RefuseFile(path, fmt::format("it belongs to another run: {} is {} there, {} here", key,
                                   other.dump(), value.dump()));
    }
  }
}

Eigen::VectorXd Take(std::string_view& bytes, std::size_t count) {
  Eigen::VectorXd values(static_cast<Eigen::Index>(count));
  if (count > 0) std::memcpy(values.data(), bytes.data(), count * sizeof(double));
  bytes.remove_prefix(count * sizeof(double));
  return values;
}

TrainingState Parse(const Json& head, std::string_view body) {
  TrainingState state;
  const auto dimension = head.at("dimension").get<std::size_t>();
  const auto buffers = head.at("buffers").get<std::size_t>();
  if (dimension > body.size() || buffers > body.size() ||
      (3 * dimension + buffers) * sizeof(double) != body.size()) {
    throw std::invalid_argument("its sizes do not fit its length");
  }
  state.step = head.at("step").get<std::int64_t>();
  state.epoch_loss = head.at("epoch_loss").get<double>();
  state.epoch_correct = head.at("epoch_correct").get<std::int64_t>();
  state.epoch_samples = head.at("epoch_samples").get<std::int64_t>();
  for (const Json& record : head.at("curves")) state.curves.push_back(EpochFromJson(record));
  if (head.contains("diverged")) {
    const Json& divergence = head.at("diverged");
    state.diverged = {.step = divergence.at("step").get<std::int64_t>(),
                      .layer = divergence.at("layer").get<std::string>(),
                      .what = divergence.at("what").get<std::string>()};
  }
  state.x = Take(body, dimension);
  state.m = Take(body, dimension);
  state.n = Take(body, dimension);
  state.buffers = Take(body, buffers);
  return state;
}

}  // namespace

Json ToJson(const Divergence& divergence) {
  return {{"step", divergence.step}, {"layer", divergence.layer}, {"what", divergence.what}};
}

Json ToJson(const EpochRecord& record) {
  Json json;
  json["epoch"] = record.epoch;
  for (const auto& [name, field] : kFields) json[name] = record.*field;
  return json;
}

EpochRecord EpochFromJson(const Json& json) {
  EpochRecord record;
  record.epoch = json.at("epoch").get<std::int64_t>();
  for (const auto& [name, field] : kFields) {
    const Json& value = json.at(name);
    record.*field =
        value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
  }
  return record;
}

void WriteCheckpoint(const std::filesystem::path& path, const TrainingState& state,
                     const Json& identity) {
  const std::string bytes = Bytes(state);
  Json head;
  head["schema"] = kSchema;
  head["step"] = state.step;
  head["dimension"] = state.x.size();
  head["buffers"] = state.buffers.size();
  head["crc32"] = Crc(bytes);
  head["epoch_loss"] = state.epoch_loss;
  head["epoch_correct"] = state.epoch_correct;
  head["epoch_samples"] = state.epoch_samples;
  if (state.diverged) head["diverged"] = ToJson(*state.diverged);
  head["curves"] = Json::array();
  for (const EpochRecord& record : state.curves) head["curves"].push_back(ToJson(record));
  head["identity"] = identity;
  AtomicFile file(path);
  file.Write(head.dump() + "\n");
  file.Write(bytes);
  file.Commit();
}

TrainingState ReadCheckpoint(const std::filesystem::path& path, const Json& identity) {
  const std::string text = ReadTextFile(path);
  const std::size_t end = text.find('\n');
  if (end == std::string::npos) RefuseFile(path, "no header line");
  const Json head = Json::parse(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end),
                                nullptr, /*allow_exceptions=*/false);
  if (!head.is_object() || head.value("schema", "") != kSchema) {
    RefuseFile(path, fmt::format("its first line is not a header of {}", kSchema));
  }
  const std::string_view body = std::string_view(text).substr(end + 1);
  try {
    if (head.at("crc32").get<std::uint32_t>() != Crc(body))
      RefuseFile(path, "its checksum is wrong");
    if (!identity.is_null()) RequireSame(path, head.at("identity"), identity);
    return Parse(head, body);
  } catch (const Json::exception& error) {
    RefuseFile(path, fmt::format("its header is damaged: {}", error.what()));
  }
}

}  // namespace adamsde::networks
