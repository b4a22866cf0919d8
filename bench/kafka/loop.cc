// What `./weirw bench kafka` compares with: a loop over librdkafka that knows what the query asks.
//   bench_kafka_loop count BROKER FROM        counts the bids above the price
//   bench_kafka_loop copy BROKER FROM TO      sends them on, in transactions of a second
// Prints how many they were and what it took, as a line of JSON.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <simdjson.h>
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMillis = 60'000;
constexpr int64_t kLeastPrice = 500'000;  // as in bench.py
constexpr size_t kTaken = 10'000;

[[noreturn]] void Fail(std::string_view what, std::string_view why) {
  fmt::print(stderr, "{}: {}\n", what, why);
  std::exit(1);
}

void Check(std::string_view what, rd_kafka_error_t* error) {
  if (error != nullptr) Fail(what, rd_kafka_error_string(error));
}

rd_kafka_t* Client(rd_kafka_type_t type,
                   const std::vector<std::pair<const char*, std::string>>& settings) {
  std::array<char, 512> why{};
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  for (const auto& [key, value] : settings) {
    if (rd_kafka_conf_set(conf, key, value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK)
      Fail(key, why.data());
  }
  rd_kafka_t* const client = rd_kafka_new(type, conf, why.data(), why.size());
  if (client == nullptr) Fail("no client", why.data());
  return client;
}

class Output {
 public:
  Output(const char* broker, const char* topic) : topic_(topic) {
    client_ = Client(RD_KAFKA_PRODUCER,
                     {{"bootstrap.servers", broker}, {"transactional.id", "bench-loop"}});
    Check("init", rd_kafka_init_transactions(client_, kMillis));
    Begin();
  }
  void Send(std::string_view value) {
    for (;;) {
      const auto error = rd_kafka_producev(
          client_, RD_KAFKA_V_TOPIC(topic_), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
          RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_END);
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR) break;
      if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) Fail("produce", rd_kafka_err2str(error));
      rd_kafka_poll(client_, 10);
    }
    rd_kafka_poll(client_, 0);
  }
  void EndSecond() {
    if (Clock::now() - begun_ < std::chrono::seconds(1)) return;
    Commit();
    Begin();
  }
  void Commit() { Check("commit", rd_kafka_commit_transaction(client_, kMillis)); }

 private:
  void Begin() {
    Check("begin", rd_kafka_begin_transaction(client_));
    begun_ = Clock::now();
  }

  const char* topic_;
  rd_kafka_t* client_ = nullptr;
  Clock::time_point begun_;
};

struct Bid {
  int64_t auction = 0, bidder = 0, price = 0;
};

Bid Decode(simdjson::ondemand::parser& parser, simdjson::padded_string_view text) {
  Bid bid;
  auto row = parser.iterate(text);
  if (row["auction"].get(bid.auction) || row["bidder"].get(bid.bidder) ||
      row["price"].get(bid.price)) {
    Fail("no bid", std::string_view(text));
  }
  return bid;
}

// Takes every message of the topic up to its end.
template <typename Take>
void ReadAll(const char* broker, const char* topic, const Take& take) {
  rd_kafka_t* const client = Client(
      RD_KAFKA_CONSUMER,
      {{"bootstrap.servers", broker}, {"enable.partition.eof", "true"}, {"check.crcs", "true"}});
  rd_kafka_topic_t* const handle = rd_kafka_topic_new(client, topic, nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(client, 0, handle, &metadata, kMillis) != RD_KAFKA_RESP_ERR_NO_ERROR)
    Fail("metadata", topic);
  rd_kafka_queue_t* const queue = rd_kafka_queue_new(client);
  int left = metadata->topics[0].partition_cnt;
  for (int partition = 0; partition < left; ++partition)
    rd_kafka_consume_start_queue(handle, partition, RD_KAFKA_OFFSET_BEGINNING, queue);
  std::vector<rd_kafka_message_t*> messages(kTaken);
  while (left > 0) {
    const ssize_t count = rd_kafka_consume_batch_queue(queue, 100, messages.data(), kTaken);
    for (ssize_t i = 0; i < count; ++i) {
      const rd_kafka_message_t& message = *messages[static_cast<size_t>(i)];
      if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        --left;
      } else if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        Fail("read", rd_kafka_err2str(message.err));
      } else {
        take(std::string_view(static_cast<const char*>(message.payload), message.len));
      }
      rd_kafka_message_destroy(messages[static_cast<size_t>(i)]);
    }
  }
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view verb = argc > 1 ? argv[1] : "";
  if (!(verb == "count" && argc == 4) && !(verb == "copy" && argc == 5))
    Fail("usage", "bench_kafka_loop count BROKER FROM, or copy BROKER FROM TO");
  const auto begun = Clock::now();
  simdjson::ondemand::parser parser;
  std::string padded, row;
  Output* const output = verb == "copy" ? new Output(argv[2], argv[4]) : nullptr;
  uint64_t found = 0;
  ReadAll(argv[2], argv[3], [&](std::string_view text) {
    padded.assign(text);
    padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    const Bid bid = Decode(
        parser, simdjson::padded_string_view(padded.data(), padded.size(), padded.capacity()));
    if (bid.price <= kLeastPrice) return;
    ++found;
    if (output == nullptr) return;
    row.clear();
    fmt::format_to(std::back_inserter(row), R"({{"auction":{},"bidder":{},"price":{}}})",
                   bid.auction, bid.bidder, bid.price);
    output->Send(row);
    output->EndSecond();
  });
  if (output != nullptr) output->Commit();
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  fmt::print("{{\"rows\": {}, \"wall\": {:.3f}, \"cpu\": {:.3f}}}\n", found,
             std::chrono::duration<double>(Clock::now() - begun).count(),
             Seconds(used.ru_utime) + Seconds(used.ru_stime));
  return 0;
}
