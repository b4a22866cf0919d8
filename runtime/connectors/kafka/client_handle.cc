#include "runtime/connectors/kafka/client_handle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "runtime/base/interruption.h"
#include "runtime/clock.h"
#include "runtime/types/datetime.h"

namespace weir::connectors::kafka {
namespace {

constexpr std::string_view kTransactionFailed = "TXNERR";
constexpr std::string_view kServers = "bootstrap.servers";

// Time-outs of a single question: the first one, and the longest, up to which they double while a
// broker is slow.
constexpr int64_t kShortestMillis = 250;
constexpr int64_t kLongestMillis = 4'000;

void OnLog(const rd_kafka_t* client, int /*level*/, const char* facility, const char* text) {
  auto* const context = static_cast<ClientContext*>(rd_kafka_opaque(client));
  context->log.Set(text);
  if (facility == kTransactionFailed) context->transaction_failed.store(true);
}

void OnError(rd_kafka_t* /*client*/, int error, const char* reason, void* opaque) {
  const auto says = [reason](std::string_view text) {
    return std::string_view(reason).find(text) != std::string_view::npos;
  };
  // The library reports a connection that breaks during the handshake as the same errors, but that
  // may pass.
  const bool broke = says("Disconnected") || says(rd_kafka_err2str(RD_KAFKA_RESP_ERR__TRANSPORT)) ||
                     says(rd_kafka_err2str(RD_KAFKA_RESP_ERR__TIMED_OUT));
  const bool unknown = error == RD_KAFKA_RESP_ERR__AUTHENTICATION && !broke;
  const bool untrusted = error == RD_KAFKA_RESP_ERR__SSL && says("certificate");
  if (unknown || untrusted) static_cast<ClientContext*>(opaque)->refused.store(true);
}

// Whether the error may pass: no broker can be reached, or none is the group's coordinator yet.
bool IsOfReach(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__WAIT_COORD ||
         error == RD_KAFKA_RESP_ERR_NOT_COORDINATOR ||
         error == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
         error == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
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
  for (const ClientSetting& setting : settings) {
    if (setting.key == kServers) context.servers = setting.value;
    set(setting.key.c_str(), setting.value.c_str());
  }
  rd_kafka_conf_set_log_cb(conf, OnLog);
  if (delivered != nullptr) rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  rd_kafka_conf_set_error_cb(conf, OnError);
  rd_kafka_conf_set_opaque(conf, &context);
  if (good) {
    if (rd_kafka_t* const client = rd_kafka_new(type, conf, why.data(), why.size())) return client;
  }
  rd_kafka_conf_destroy(conf);
  return Status::InvalidSql(fmt::format("Kafka's client cannot be made: {}", why.data()))
      .WithId("E2008");
}

rd_kafka_resp_err_t AskUntilAnswered(rd_kafka_t* client,
                                     const std::function<rd_kafka_resp_err_t(int millis)>& ask) {
  constexpr std::chrono::milliseconds kPause(50);
  Clock& clock = Clock::System();
  const int64_t end = clock.MonotonicNanos() + kRequestMillis * kNanosPerMilli;
  int64_t step = kShortestMillis;
  for (;;) {
    CheckInterrupted();
    const int64_t left = (end - clock.MonotonicNanos()) / kNanosPerMilli;
    const rd_kafka_resp_err_t error = ask(static_cast<int>(std::clamp<int64_t>(left, 1, step)));
    const bool slow = error == RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (left <= step || !(slow || IsOfReach(error))) return error;
    rd_kafka_poll(client, 0);  // calls the error callback, which sets `refused`
    if (static_cast<ClientContext*>(rd_kafka_opaque(client))->refused.load())
      return RD_KAFKA_RESP_ERR__AUTHENTICATION;
    if (slow) step = std::min(step * 2, kLongestMillis);
    clock.Sleep(kPause);  // a connection that breaks is an answer without any delay
  }
}

Status FailureOf(const ClientContext& context, std::string_view what, rd_kafka_resp_err_t error) {
  const bool unanswered = error == RD_KAFKA_RESP_ERR__TRANSPORT ||
                          error == RD_KAFKA_RESP_ERR__TIMED_OUT ||
                          error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
  const std::string why = unanswered ? fmt::format("no broker of '{}{}' = '{}' answers",
                                                   kPropertyPrefix, kServers, context.servers)
                                     : rd_kafka_err2str(error);
  const std::string said = context.log.last();
  return Status::External(
             fmt::format("{}: {}{}", what, why, said.empty() ? "" : fmt::format(" ({})", said)))
      .WithId("E4010");
}

}  // namespace weir::connectors::kafka
