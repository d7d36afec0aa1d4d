#include "networks/net_result.h"

#include <fmt/format.h>

#include "cli/io/atomic_file.h"
#include "cli/shell_word.h"

namespace adamsde::networks {

NetResult::NetResult(const NetArguments& arguments, const Config& config) : arguments_(arguments) {
  json_["schema"] = fmt::format("adamsde-net.{}.v1", arguments.command);
  json_["version"] = ADAMSDE_VERSION;
  std::string command = "adamsde-net";
  for (const std::string& word : arguments.words) command += fmt::format(" {}", ShellWord(word));
  json_["command"] = command;
  json_["libtorch"] = TorchVersion();
  json_["device"] = arguments.device;
  json_["options"] = config.resolved;
  json_["options"]["threads"] = arguments.threads;
  CreateOutputDirectory(arguments.out);
}

std::filesystem::path NetResult::PathOf(const std::string& name) const {
  return arguments_.out / name;
}

void NetResult::AddText(const std::string& name, const std::string& text) {
  WriteFileAtomically(PathOf(name), text);
  MentionFile(name);
}

void NetResult::Finish(const std::string& report) {
  json_["files"] = files_;
  json_["seconds"] =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  WriteJson(PathOf("result.json"), json_);
  fmt::print("{}", arguments_.json ? ToText(json_) : report);
}

std::string CurvesCsv(const std::vector<EpochRecord>& curves) {
  std::string csv =
      "epoch,learning_rate,train_loss,train_accuracy,validation_loss,validation_accuracy,"
      "test_loss,test_accuracy\n";
  for (const EpochRecord& r : curves) {
    csv += fmt::format("{},{},{},{},{},{},{},{}\n", r.epoch, r.learning_rate, r.train_loss,
                       r.train_accuracy, r.validation_loss, r.validation_accuracy, r.test_loss,
                       r.test_accuracy);
  }
  return csv;
}

}  // namespace adamsde::networks
