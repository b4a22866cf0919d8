#include "runtime/connectors/kafka/client_handle.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace weir::connectors::kafka {
namespace {

constexpr std::string_view kTransactionFailed = "TXNERR";

void OnLog(const rd_kafka_t* client, int /*level*/, const char* facility, const char* text) {
  auto* const context = static_cast<ClientContext*>(rd_kafka_opaque(client));
  context->log.Set(text);
  if (facility == kTransactionFailed) context->transaction_failed.store(true);
}

}  // namespace

void ClientLog::Set(const char* text) {
  const MutexLock lock(mutex_);
  last_ = text;
}

std::string ClientLog::last() const {
  const MutexLock lock(mutex_);
  return last_;
}

Result<rd_kafka_t*> MakeClient(rd_kafka_type_t type, std::span<const Preset> presets,
                               const std::vector<ClientSetting>& settings, ClientContext& context,
                               DeliveryCallback delivered) {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  std::array<char, 512> why{};
  bool good = true;
  const auto set = [&](const char* key, const char* value) {
    good = good && rd_kafka_conf_set(conf, key, value, why.data(), why.size()) == RD_KAFKA_CONF_OK;
  };
  for (const Preset& preset : presets) set(preset.key, preset.value);
  for (const ClientSetting& setting : settings) set(setting.key.c_str(), setting.value.c_str());
  rd_kafka_conf_set_log_cb(conf, OnLog);
  rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  rd_kafka_conf_set_opaque(conf, &context);
  if (good) {
    if (rd_kafka_t* const client = rd_kafka_new(type, conf, why.data(), why.size())) return client;
  }
  rd_kafka_conf_destroy(conf);
  return Status::InvalidSql(fmt::format("Kafka's client cannot be made: {}", why.data()))
      .WithId("E2008");
}

}  // namespace weir::connectors::kafka
