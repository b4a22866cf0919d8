// A client of a Kafka cluster that writes.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/kafka/client_handle.h"
#include "runtime/mutex.h"
#include "runtime/notices.h"

namespace weir::connectors::kafka {

// The messages between two barriers.
struct SentMessages {
  std::atomic<uint64_t> unacknowledged{0};  // by the brokers
  std::atomic<bool> complete{false};        // no more will be counted
};

struct OutgoingMessage {
  const char* topic;
  int32_t partition = RD_KAFKA_PARTITION_UA;  // by the key, as Kafka's Java client chooses
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  // nothing: a tombstone
};

// Sends again what brokers did not acknowledge, in order and once (enable.idempotence), until
// 'delivery.timeout.ms' is over. With the setting "transactional.id" messages are sent in
// transactions only, one after the other. Thread-safe.
class Producer : private ClientContext {
 public:
  // `notices`, unless it is null, is told when brokers acknowledge nothing for a while.
  static Result<std::unique_ptr<Producer>> Open(const std::vector<ClientSetting>& settings,
                                                Notices* notices = nullptr);
  // Drops what was not acknowledged, and ends an open transaction.
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // A new counter of messages, owned by the producer. It lives at least until it is `complete` and
  // all its messages are acknowledged; the next Begin then destroys it.
  SentMessages& Begin();
  // Copies the message and counts it in `sent`; waits while too many wait to be sent. Fails, as all
  // later calls, when an earlier message was not delivered.
  Status Send(const OutgoingMessage& message, SentMessages& sent);
  // Waits until every message that was counted is acknowledged.
  Status WaitFor(const SentMessages& sent);
  // For a producer that is about to go: sends at once what waits to be sent, and waits until all is
  // acknowledged, but only while brokers acknowledge something every few seconds, and no message
  // has failed. Cannot be interrupted.
  void SendRest();
  // How many partitions a topic has; makes it where brokers make topics by themselves.
  Result<int32_t> PartitionCount(const std::string& topic);

  // From now on no other producer of the same transactional.id can commit anything, and what one
  // left open is ended. To be called once, before all that follows.
  Status InitTransactions();
  // Begins what InitTransactions then waits for, so that several producers need not wait in turn.
  void StartInitTransactions();
  Status BeginTransaction();
  // After a success readers see the messages of the transaction. After a failure nobody knows,
  // until another producer of this id has done InitTransactions.
  Status CommitTransaction();
  // Whether a failure is that of the transaction as a whole, so that its messages have to be sent
  // in another one; as opposed to that of a message which cannot be delivered.
  bool transaction_lost() const;

 private:
  Producer() = default;
  static void OnDelivery(rd_kafka_t* client, const rd_kafka_message_t* message, void* context);
  Status Failure() const;
  Status Refusal() const;  // the brokers do not accept us (ClientContext::refused)
  void Fail(Status failure, bool transaction);
  Status Refused(std::string_view what, rd_kafka_error_t* error) const;
  void NoteSilence() const;

  rd_kafka_t* client_ = nullptr;
  Notices* notices_ = nullptr;
  // Monotonic nanoseconds: since when an acknowledgement is waited for, and when that was said.
  std::atomic<int64_t> waiting_since_{0};
  mutable std::atomic<int64_t> said_at_{0};
  bool initialized_ = false;  // its transactions, by StartInitTransactions already
  std::atomic<bool> in_transaction_{false};
  mutable Mutex mutex_;
  Status failure_ WEIR_GUARDED_BY(mutex_);  // the first one
  std::list<SentMessages> batches_ WEIR_GUARDED_BY(mutex_);
  std::atomic<bool> failed_{false};
  std::atomic<bool> lost_{false};  // the first failure is that of a transaction
};

}  // namespace weir::connectors::kafka
