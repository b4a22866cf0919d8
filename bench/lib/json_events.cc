#include "bench/lib/json_events.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace weir::bench {
namespace {

constexpr size_t kReadBytes = size_t{1} << 20;
constexpr uint64_t kEventsPerCycle = 50;

[[noreturn]] void Die(const char* what, const std::string& path) {
  std::fprintf(stderr, "bench: %s: %s\n", what, path.c_str());
  std::exit(1);
}

// "2023-11-14 22:13:20.123"
std::string TimeText(int64_t micros) {
  const int64_t millis = micros / 1000;
  const int64_t seconds = millis / 1000;
  const auto days = std::chrono::sys_days(std::chrono::days(seconds / 86'400));
  const std::chrono::year_month_day date(days);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     seconds / 3600 % 24, seconds / 60 % 60, seconds % 60, millis % 1000);
}

void AppendEscaped(std::string& out, const char* text, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) {
    if (text[i] == '\\' || text[i] == '"') out += '\\';
    out += text[i];
  }
}

class EventWriter {
 public:
  void Append(uint64_t number, std::string& out) {
    const uint64_t in_cycle = number % kEventsPerCycle;
    if (in_cycle >= 4) return AppendBid(number, out);
    // Time and filler come as a bid's do.
    generator_.Make(number - in_cycle + 4, bid_);
    bid_.micros = kFirstMillis * 1000 +
                  static_cast<int64_t>(number * 1'000'000 / kEventsPerSecond / 1000 * 1000);
    if (in_cycle == 0) return AppendPerson(number, out);
    AppendAuction(number, out);
  }

 private:
  void AppendBid(uint64_t number, std::string& out) {
    generator_.Make(number, bid_);
    fmt::format_to(
        std::back_inserter(out),
        R"({{"event_type":2,"person":null,"auction":null,"bid":{{"auction":{},"bidder":{},"price":{},"channel":"{}","url":"{}","dateTime":"{}","extra":")",
        bid_.auction, bid_.bidder, bid_.price, std::string_view(bid_.channel, bid_.channel_bytes),
        std::string_view(bid_.url, bid_.url_bytes), TimeText(bid_.micros));
    AppendEscaped(out, bid_.extra, bid_.extra_bytes);
    out += "\"}}\n";
  }

  void AppendPerson(uint64_t number, std::string& out) {
    fmt::format_to(
        std::back_inserter(out),
        R"({{"event_type":0,"person":{{"id":{},"name":"Kate Shultz","emailAddress":"abcdef@vwxyz.com","creditCard":"1234 5678 9012 3456","city":"Phoenix","state":"AZ","dateTime":"{}","extra":")",
        1000 + number / kEventsPerCycle, TimeText(bid_.micros));
    AppendEscaped(out, bid_.extra, bid_.extra_bytes);
    out += "\"},\"auction\":null,\"bid\":null}\n";
  }

  void AppendAuction(uint64_t number, std::string& out) {
    const uint64_t id = 1000 + number / kEventsPerCycle * 3 + number % kEventsPerCycle - 1;
    fmt::format_to(
        std::back_inserter(out),
        R"({{"event_type":1,"person":null,"auction":{{"id":{},"itemName":"item {}","description":")",
        id, id % 1000);
    AppendEscaped(out, bid_.extra, bid_.extra_bytes);
    fmt::format_to(
        std::back_inserter(out),
        R"(","initialBid":{},"reserve":{},"dateTime":"{}","expires":"{}","seller":{},"category":{},"extra":")",
        bid_.price, bid_.price * 2, TimeText(bid_.micros), TimeText(bid_.micros + 17'000),
        bid_.bidder - 1000, 10 + id % 5);
    for (int i = 0; i < 5; ++i) AppendEscaped(out, bid_.extra, bid_.extra_bytes);
    out += "\"},\"bid\":null}\n";
  }

  BidGenerator generator_{13};
  Bid bid_{};
};

int64_t Digits(const char* text, size_t count) {
  int64_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value * 10 + (text[i] - '0');
  return value;
}

// Of "2023-11-14 22:13:20.123".
int64_t MicrosOf(std::string_view text) {
  const char* t = text.data();
  const int64_t year = Digits(t, 4);
  const int64_t month = Digits(t + 5, 2);
  const int64_t shifted = year - (month <= 2 ? 1 : 0);
  const int64_t era_year = shifted % 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + Digits(t + 8, 2) - 1;
  const int64_t days = shifted / 400 * 146'097 + era_year * 365 + era_year / 4 - era_year / 100 +
                       day_of_year - 719'468;
  const int64_t seconds =
      days * 86'400 + Digits(t + 11, 2) * 3600 + Digits(t + 14, 2) * 60 + Digits(t + 17, 2);
  return (seconds * 1000 + Digits(t + 20, 3)) * 1000;
}

// Arrays of decoded bids.
class Decoder {
 public:
  Decoder(JsonFields fields, const std::function<void(const BidView&)>& feed)
      : fields_(fields), feed_(feed) {}

  void Decode(const char* lines, size_t bytes) {
    simdjson::ondemand::document_stream documents;
    if (parser_.iterate_many(lines, bytes, bytes < 64 ? 64 : bytes).get(documents) !=
        simdjson::SUCCESS)
      std::abort();
    for (auto document : documents) DecodeEvent(document);
  }

  void Flush() {
    feed_({count_, auction_, bidder_, price_, micros_, extra_});
    count_ = 0;
    heap_used_ = 0;
  }

 private:
  template <typename Document>
  void DecodeEvent(Document& document) {
    const int64_t type = document["event_type"].get_int64();
    if (type != 2) {
      if (fields_.time)
        last_time_ = MicrosOf(document[type == 0 ? "person" : "auction"]["dateTime"].get_string());
      return;
    }
    simdjson::ondemand::object bid = document["bid"].get_object();
    auction_[count_] = bid["auction"].get_int64();
    if (fields_.bidder) bidder_[count_] = bid["bidder"].get_int64();
    if (fields_.price) price_[count_] = bid["price"].get_int64();
    if (fields_.time) micros_[count_] = MicrosOf(bid["dateTime"].get_string());
    if (fields_.extra) Keep(bid["extra"].get_string());
    if (++count_ == kDefaultBatchRows) Flush();
  }

  // The parser's own copy lives only as long as the document.
  void Keep(std::string_view text) {
    std::memcpy(heap_ + heap_used_, text.data(), text.size());
    extra_[count_] = StringRef(std::string_view(heap_ + heap_used_, text.size()));
    heap_used_ += text.size();
  }

  const JsonFields fields_;
  const std::function<void(const BidView&)>& feed_;
  simdjson::ondemand::parser parser_;
  uint32_t count_ = 0;
  volatile int64_t last_time_ = 0;
  size_t heap_used_ = 0;
  int64_t auction_[kDefaultBatchRows];
  int64_t bidder_[kDefaultBatchRows];
  int64_t price_[kDefaultBatchRows];
  int64_t micros_[kDefaultBatchRows];
  StringRef extra_[kDefaultBatchRows];
  char heap_[kDefaultBatchRows * 128];
};

}  // namespace

uint64_t MakeJsonFile(const std::string& path, uint64_t events) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return static_cast<uint64_t>(info.st_size);
  const std::string unfinished = path + ".tmp";
  std::ofstream file(unfinished, std::ios::binary);
  EventWriter writer;
  std::string lines;
  for (uint64_t number = 0; number < events; ++number) {
    writer.Append(number, lines);
    if (lines.size() < kReadBytes && number + 1 < events) continue;
    file.write(lines.data(), static_cast<std::streamsize>(lines.size()));
    lines.clear();
  }
  file.close();
  if (!file.good() || std::rename(unfinished.c_str(), path.c_str()) != 0) Die("cannot write", path);
  if (::stat(path.c_str(), &info) != 0) Die("cannot read", path);
  return static_cast<uint64_t>(info.st_size);
}

std::string JsonTableSql(const std::string& path, bool event_time) {
  const char* time = !event_time ? "" : R"(,
  dateTime AS CASE WHEN event_type = 0 THEN person.dateTime
                   WHEN event_type = 1 THEN auction.dateTime ELSE bid.dateTime END,
  WATERMARK FOR dateTime AS dateTime - INTERVAL '4' SECOND)";
  return fmt::format(R"(
CREATE TABLE events (
  event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING,
             dateTime TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT,
              dateTime TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING,
          dateTime TIMESTAMP(3), extra STRING>{}
) WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = 'json');
)",
                     time, path);
}

void DecodeJsonFile(const std::string& path, JsonFields fields,
                    const std::function<void(const BidView&)>& feed) {
  const int file = ::open(path.c_str(), O_RDONLY);
  if (file < 0) Die("cannot open", path);
  const auto decoder = std::make_unique<Decoder>(fields, feed);
  std::unique_ptr<char[]> block(new char[2 * kReadBytes + simdjson::SIMDJSON_PADDING]);
  size_t have = 0;
  for (;;) {
    const ssize_t got = ::read(file, block.get() + have, kReadBytes);
    if (got <= 0) break;
    have += static_cast<size_t>(got);
    const void* newline = ::memrchr(block.get(), '\n', have);
    if (newline == nullptr) continue;
    const size_t whole = static_cast<size_t>(static_cast<const char*>(newline) - block.get()) + 1;
    decoder->Decode(block.get(), whole);
    std::memmove(block.get(), block.get() + whole, have - whole);
    have -= whole;
  }
  ::close(file);
  decoder->Flush();
}

}  // namespace weir::bench
