// What a client that reads and one that writes have in common: how librdkafka's handle is made, and
// what it logs.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/kafka/kafka_settings.h"
#include "runtime/mutex.h"

namespace weir::connectors::kafka {

// A setting of ours, unless the table has one of its own.
struct Preset {
  const char* key;
  const char* value;
};

// How long a request may take before the cluster counts as out of reach.
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
  ClientLog log;
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

}  // namespace weir::connectors::kafka
