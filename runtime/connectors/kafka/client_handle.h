// What a client that reads and one that writes have in common: how librdkafka's handle is made, and
// what it logs.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/kafka/kafka_settings.h"
#include "runtime/mutex.h"

namespace weir::connectors::kafka {

// A setting of librdkafka that we choose, unless the table sets it itself.
struct Preset {
  const char* key;
  const char* value;
};

// How long a question may go without an answer before the cluster counts as unreachable: the
// default of request.timeout.ms in Kafka's Java client.
inline constexpr int kRequestMillis = 30'000;

// The last thing that a client logged. Thread-safe.
class ClientLog {
 public:
  void Set(const char* text);
  std::string last() const;  // "" before the first

 private:
  mutable Mutex mutex_;
  std::string last_ WEIR_GUARDED_BY(mutex_);
};

// What the callbacks of a client are given as their opaque pointer begins with this.
struct ClientContext {
  std::string servers;  // 'properties.bootstrap.servers', set by MakeClient
  ClientLog log;
  // A broker has refused our credentials, or we do not trust its certificate. Trying again is of no
  // use then.
  std::atomic<bool> refused{false};
  // The current transaction has failed. The library says so in its log before anywhere else: what
  // waits to be sent then stays where it is until it is too old.
  std::atomic<bool> transaction_failed{false};
};

// Called when a message was delivered, or was not; null for a client that reads.
using DeliveryCallback = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void* context);

// The client connects when it is first asked for something. `context` outlives it. kInvalidSql
// E2008 for a setting that it cannot have.
Result<rd_kafka_t*> MakeClient(rd_kafka_type_t type, std::span<const Preset> presets,
                               const std::vector<ClientSetting>& settings, ClientContext& context,
                               DeliveryCallback delivered = nullptr);

using TopicHandle = std::unique_ptr<rd_kafka_topic_t, decltype(&rd_kafka_topic_destroy)>;

// Asks with time-outs that are short while no broker is reached, and longer where one is slow,
// until there is an answer, we are refused, or kRequestMillis are over. Can be interrupted
// (interruption.h) between them.
rd_kafka_resp_err_t AskUntilAnswered(rd_kafka_t* client,
                                     const std::function<rd_kafka_resp_err_t(int millis)>& ask);

// kExternal E4010 for an error of the library, with what the client logged last.
Status FailureOf(const ClientContext& context, std::string_view what, rd_kafka_resp_err_t error);

}  // namespace weir::connectors::kafka
