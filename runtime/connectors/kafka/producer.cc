#include "runtime/connectors/kafka/producer.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <utility>

#include "runtime/base/interruption.h"
#include "runtime/base/valid_utf8.h"
#include "runtime/clock.h"
#include "runtime/connectors/kafka/message_bytes.h"
#include "runtime/types/datetime.h"

namespace weir::connectors::kafka {
namespace {

constexpr int kPollMillis = 100;
// Sending polls for acknowledgements once in kSendsAPoll messages, since a poll costs as much as a
// message or more, but each time while fewer than kFew are on their way and it does not matter.
constexpr uint64_t kSendsAPoll = 64, kFew = 8;

constexpr Preset kProducerPresets[] = {
    {"enable.idempotence", "true"},
    {"partitioner", "murmur2_random"},  // as the Java client's: equal keys, equal partitions
    {"log.connection.close", "false"},
};

// After how long a silence its reader is told, and how long it lasts until that is said again.
constexpr int64_t kSilenceNanos = 5'000'000'000;
constexpr int64_t kSayAgainNanos = 60'000'000'000;

// How long a producer that is about to go waits for the next acknowledgement.
constexpr int64_t kRestNanos = 5'000'000'000;

// How long the end of a transaction that nobody needs any more may take; brokers end it
// themselves after 'transaction.timeout.ms'.
constexpr int kAbortMillis = 2'000;

// For how long a call that fails with a retriable error is repeated.
constexpr int64_t kPatienceNanos = int64_t{4} * kRequestMillis * kNanosPerMilli;

// Time-outs of single calls. Interruptions are noticed between calls, so InitTransactions has a
// short one; a commit has a long one, as it had better end than be interrupted.
constexpr int kInitMillis = 250;
constexpr int kCommitMillis = kRequestMillis;

// Whether the failure is that of a transaction, all of whose messages fail with it.
bool IsOfTransaction(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__STATE:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING:
    case RD_KAFKA_RESP_ERR_INVALID_TXN_STATE:
    case RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID:
      return true;
    default:
      return false;
  }
}

// Calls until it succeeds or says that trying again is no use; a call goes on with what an earlier
// one has begun and not waited for. Can be interrupted between calls.
template <typename Call>
rd_kafka_error_t* Try(const Call& call) {
  Clock& clock = Clock::System();
  const int64_t end = clock.MonotonicNanos() + kPatienceNanos;
  for (;;) {
    rd_kafka_error_t* const error = call();
    if (error == nullptr || rd_kafka_error_is_retriable(error) == 0) return error;
    if (clock.MonotonicNanos() > end) return error;
    rd_kafka_error_destroy(error);
    CheckInterrupted();
    clock.Sleep(std::chrono::milliseconds(kPollMillis));
  }
}

Status LostTransaction() {
  return Status::External("a transaction of Kafka was ended by others").WithId("E4010");
}

// The beginning of a key, for messages.
std::string Shown(std::optional<std::string_view> key) {
  constexpr size_t kMost = 60;
  if (!key) return "without a key";
  return fmt::format("with the key '{}{}'", BeginningOf(*key, kMost),
                     key->size() > kMost ? "…" : "");
}

}  // namespace

Result<std::unique_ptr<Producer>> Producer::Open(const std::vector<ClientSetting>& settings,
                                                 Notices* notices) {
  std::unique_ptr<Producer> producer(new Producer());
  producer->notices_ = notices;
  producer->client_ =
      TRY(MakeClient(RD_KAFKA_PRODUCER, kProducerPresets, settings, *producer, OnDelivery));
  return producer;
}

Producer::~Producer() {
  if (client_ == nullptr) return;
  if (in_transaction_.load()) {
    if (rd_kafka_error_t* const error = rd_kafka_abort_transaction(client_, kAbortMillis))
      rd_kafka_error_destroy(error);
  }
  rd_kafka_purge(client_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client_, 0);
  rd_kafka_destroy(client_);
}

void Producer::OnDelivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message,
                          void* context) {
  auto* const sent = static_cast<SentMessages*>(message->_private);
  auto* const producer = static_cast<Producer*>(static_cast<ClientContext*>(context));
  if (producer->notices_ != nullptr)
    producer->waiting_since_.store(Clock::System().MonotonicNanos());
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    producer->Fail(
        Status::External(
            fmt::format(
                "a message {} was not delivered to topic '{}'{}: {}",
                Shown(message->key == nullptr ? std::nullopt : std::optional(KeyOf(*message))),
                rd_kafka_topic_name(message->rkt),
                message->partition < 0 ? "" : fmt::format(", partition {}", message->partition),
                rd_kafka_err2str(message->err)))
            .WithId("E4010"),
        IsOfTransaction(message->err));
  }
  sent->unacknowledged.fetch_sub(1, std::memory_order_acq_rel);
}

void Producer::Fail(Status failure, bool transaction) {
  const MutexLock lock(mutex_);
  if (!failure_.ok()) return;
  failure_ = std::move(failure);
  lost_.store(transaction && in_transaction_.load());
  if (const std::string said = log.last(); !said.empty())
    failure_ = std::move(failure_).WithHint(fmt::format("the client says: {}", said));
  failed_.store(true, std::memory_order_release);
}

Status Producer::Failure() const {
  if (!failed_.load(std::memory_order_acquire)) return {};
  const MutexLock lock(mutex_);
  return failure_;
}

Status Producer::Refusal() const {
  if (!refused.load()) return {};
  return FailureOf(*this, "messages cannot be sent", RD_KAFKA_RESP_ERR__AUTHENTICATION);
}

void Producer::NoteSilence() const {
  if (notices_ == nullptr) return;
  const int64_t now = Clock::System().MonotonicNanos();
  if (now - waiting_since_.load() < kSilenceNanos) return;
  int64_t said = said_at_.load();
  if (said > waiting_since_.load() && now - said < kSayAgainNanos) return;
  if (!said_at_.compare_exchange_strong(said, now)) return;  // another thread says it
  const std::string last = log.last();
  notices_->Report(
      NoticeKind::kUnanswered, 1,
      fmt::format("no broker of '{}bootstrap.servers' = '{}' acknowledges messages; "
                  "they are sent on{}{}",
                  kPropertyPrefix, servers, last.empty() ? "" : "; the client says: ", last));
}

SentMessages& Producer::Begin() {
  const MutexLock lock(mutex_);
  batches_.remove_if([](const SentMessages& batch) {
    return batch.complete.load() && batch.unacknowledged.load() == 0;
  });
  return batches_.emplace_back();
}

Status Producer::Send(const OutgoingMessage& message, SentMessages& sent) {
  for (;;) {
    RETURN_IF_ERROR(Failure());
    const uint64_t before = sent.unacknowledged.fetch_add(1, std::memory_order_relaxed);
    const std::string_view value = message.value.value_or(std::string_view());
    const std::string_view key = message.key.value_or(std::string_view());
    // An empty key or value is none to librdkafka unless its pointer is something.
    const auto pointer = [](const std::optional<std::string_view>& text) -> const void* {
      if (!text) return nullptr;
      return text->data() == nullptr ? "" : text->data();
    };
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        client_, RD_KAFKA_V_TOPIC(message.topic), RD_KAFKA_V_PARTITION(message.partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE(const_cast<void*>(pointer(message.value)), value.size()),
        RD_KAFKA_V_KEY(pointer(message.key), key.size()), RD_KAFKA_V_OPAQUE(&sent), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (before == 0) waiting_since_.store(Clock::System().MonotonicNanos());
      // `before` only shrinks by polling.
      if (before < kFew || before % kSendsAPoll == 0) {
        rd_kafka_poll(client_, 0);
        NoteSilence();
      }
      return {};
    }
    sent.unacknowledged.fetch_sub(1, std::memory_order_relaxed);
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      Fail(Status::External(fmt::format("a message {} of {} bytes cannot be sent to topic '{}': {}",
                                        Shown(message.key), value.size(), message.topic,
                                        rd_kafka_err2str(error)))
               .WithId("E4010"),
           IsOfTransaction(error));
      return Failure();
    }
    rd_kafka_poll(client_, kPollMillis);
    NoteSilence();
    if (transaction_lost()) return LostTransaction();
    RETURN_IF_ERROR(Refusal());
    CheckInterrupted();
  }
}

Status Producer::WaitFor(const SentMessages& sent) {
  while (sent.unacknowledged.load(std::memory_order_acquire) > 0) {
    RETURN_IF_ERROR(Failure());
    if (transaction_lost()) return LostTransaction();
    rd_kafka_poll(client_, kPollMillis);
    NoteSilence();
    RETURN_IF_ERROR(Refusal());
    CheckInterrupted();
  }
  return Failure();
}

void Producer::SendRest() {
  const Clock& clock = Clock::System();
  int64_t since = clock.MonotonicNanos();
  for (int left = rd_kafka_outq_len(client_); left > 0;) {
    if (failed_.load(std::memory_order_acquire) || refused.load()) return;
    if (clock.MonotonicNanos() - since > kRestNanos) return;
    rd_kafka_flush(client_, kPollMillis);  // does not wait for 'linger.ms'
    const int before = std::exchange(left, rd_kafka_outq_len(client_));
    if (left < before) since = clock.MonotonicNanos();
  }
}

bool Producer::transaction_lost() const {
  if (failed_.load(std::memory_order_acquire)) return lost_.load();
  return transaction_failed.load();
}

Status Producer::Refused(std::string_view what, rd_kafka_error_t* error) const {
  if (rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__TIMED_OUT) {
    rd_kafka_error_destroy(error);
    return FailureOf(*this, what, RD_KAFKA_RESP_ERR__TIMED_OUT);
  }
  const std::string said = log.last();
  Status failure =
      Status::External(fmt::format("{}: {}", what, rd_kafka_error_string(error))).WithId("E4010");
  rd_kafka_error_destroy(error);
  return said.empty() ? failure
                      : std::move(failure).WithHint(fmt::format("the client says: {}", said));
}

void Producer::StartInitTransactions() {
  // The client goes on with it in the background. A failure is not reported here: it comes again in
  // InitTransactions.
  rd_kafka_error_t* const error = rd_kafka_init_transactions(client_, 1);
  initialized_ = error == nullptr;
  if (error != nullptr) rd_kafka_error_destroy(error);
}

Status Producer::InitTransactions() {
  if (initialized_) return {};
  if (rd_kafka_error_t* const error =
          Try([this] { return rd_kafka_init_transactions(client_, kInitMillis); }))
    return Refused("Kafka lets no transactions begin", error);
  return {};
}

Status Producer::BeginTransaction() {
  if (rd_kafka_error_t* const error = rd_kafka_begin_transaction(client_))
    return Refused("a transaction of Kafka cannot begin", error);
  in_transaction_.store(true);
  return {};
}

Status Producer::CommitTransaction() {
  RETURN_IF_ERROR(Failure());
  if (rd_kafka_error_t* const error =
          Try([this] { return rd_kafka_commit_transaction(client_, kCommitMillis); }))
    return Refused("a transaction of Kafka cannot be committed", error);
  in_transaction_.store(false);
  return Failure();
}

Result<int32_t> Producer::PartitionCount(const std::string& topic) {
  const TopicHandle handle(rd_kafka_topic_new(client_, topic.c_str(), nullptr),
                           rd_kafka_topic_destroy);
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t error = AskUntilAnswered(client_, [&](int millis) {
    return rd_kafka_metadata(client_, 0, handle.get(), &metadata, millis);
  });
  int32_t count = 0;
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (metadata->topic_cnt == 1) count = metadata->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
  }
  if (count > 0) return count;
  return FailureOf(*this, fmt::format("the partitions of topic '{}' cannot be had", topic), error);
}

}  // namespace weir::connectors::kafka
