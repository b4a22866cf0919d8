#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "bench/lib/engine.h"
#include "bench/lib/events.h"
#include "runtime/connectors/generators/nexmark_events.h"
#include "runtime/types/datetime.h"

namespace weir::bench {
namespace {

using connectors::NexmarkEvents;
using connectors::NexmarkKind;

constexpr size_t kWriteBytes = size_t{1} << 20;
constexpr int64_t kCycle = 50;

connectors::NexmarkSettings Settings() {
  connectors::NexmarkSettings settings;
  settings.events_per_second = 100'000;
  settings.base_millis = MillisFromMicros(*ParseTimestamp("2026-01-01 12:00:00", 3));
  return settings;
}

// "2026-01-01 12:00:00.123", on the first of January.
class TimeText {
 public:
  explicit TimeText(int64_t day_start) : day_start_(day_start) {}
  void Append(std::string& out, int64_t millis) {
    if (millis != millis_) {
      const int64_t in_day = millis - day_start_;
      text_ = fmt::format("2026-01-01 {:02}:{:02}:{:02}.{:03}", in_day / 3'600'000,
                          in_day / 60'000 % 60, in_day / 1000 % 60, in_day % 1000);
      millis_ = millis;
    }
    out += text_;
  }

 private:
  int64_t day_start_;
  int64_t millis_ = -1;
  std::string text_;
};

class EventWriter {
 public:
  EventWriter() : events_(Settings()), time_(Settings().base_millis - 12 * 3'600'000) {}

  void Append(int64_t number, std::string& out) {
    char scratch[NexmarkEvents::kScratchBytes];
    char* at = scratch;
    switch (events_.KindOf(number)) {
      case NexmarkKind::kPerson:
        return Append(events_.MakePerson(number, at), out);
      case NexmarkKind::kAuction:
        return Append(events_.MakeAuction(number, at), out);
      case NexmarkKind::kBid:
        return Append(events_.MakeBid(number), out);
    }
  }

 private:
  static void Number(std::string& out, const char* name, int64_t value) {
    out += name;
    out += fmt::format_int(value).c_str();
  }
  static void Text(std::string& out, const char* name, std::string_view text) {
    out += name;
    for (const char c : text) {
      if (c == '\\' || c == '"') out += '\\';
      out += c;
    }
    out += '"';
  }
  void Time(std::string& out, const char* name, int64_t millis) {
    out += name;
    time_.Append(out, millis);
    out += '"';
  }

  void Append(const connectors::NexmarkPerson& p, std::string& out) {
    Number(out, R"({"event_type":0,"person":{"id":)", p.id);
    Text(out, R"(,"name":")", p.name);
    Text(out, R"(,"emailAddress":")", p.email);
    Text(out, R"(,"creditCard":")", p.credit_card);
    Text(out, R"(,"city":")", p.city);
    Text(out, R"(,"state":")", p.state);
    Time(out, R"(,"dateTime":")", p.millis);
    Text(out, R"(,"extra":")", p.extra);
    out += "},\"auction\":null,\"bid\":null}\n";
  }
  void Append(const connectors::NexmarkAuction& a, std::string& out) {
    Number(out, R"({"event_type":1,"person":null,"auction":{"id":)", a.id);
    Text(out, R"(,"itemName":")", a.item);
    Text(out, R"(,"description":")", a.description);
    Number(out, R"(,"initialBid":)", a.initial_bid);
    Number(out, R"(,"reserve":)", a.reserve);
    Time(out, R"(,"dateTime":")", a.millis);
    Time(out, R"(,"expires":")", a.expires);
    Number(out, R"(,"seller":)", a.seller);
    Number(out, R"(,"category":)", a.category);
    Text(out, R"(,"extra":")", a.extra);
    out += "},\"bid\":null}\n";
  }
  void Append(const connectors::NexmarkBid& b, std::string& out) {
    Number(out, R"({"event_type":2,"person":null,"auction":null,"bid":{"auction":)", b.auction);
    Number(out, R"(,"bidder":)", b.bidder);
    Number(out, R"(,"price":)", b.price);
    Text(out, R"(,"channel":")", b.channel);
    Text(out, R"(,"url":")", b.url);
    Time(out, R"(,"dateTime":")", b.millis);
    Text(out, R"(,"extra":")", b.extra);
    out += "}}\n";
  }

  NexmarkEvents events_;
  TimeText time_;
};

uint64_t BytesOf(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

}  // namespace

std::vector<std::string> EventFileNames(const std::string& directory, uint32_t files) {
  std::vector<std::string> names;
  for (uint32_t i = 0; i < files; ++i)
    names.push_back(fmt::format("{}/events-{}.json", directory, i));
  return names;
}

uint64_t MakeEventFiles(const std::string& directory, uint64_t events, uint32_t files) {
  const std::vector<std::string> names = EventFileNames(directory, files);
  uint64_t bytes = 0;
  for (const std::string& name : names) bytes += BytesOf(name);
  if (BytesOf(names.back()) > 0) return bytes;
  Require(FileSystem::Local().CreateDirectories(directory), "cannot make a directory");
  std::vector<std::ofstream> out;
  std::vector<std::string> lines(files);
  for (const std::string& name : names) out.emplace_back(name + ".tmp", std::ios::binary);
  EventWriter writer;
  for (int64_t number = 1; number <= static_cast<int64_t>(events); ++number) {
    const auto file = static_cast<size_t>(NexmarkEvents::IdOf(number) / kCycle) % files;
    writer.Append(number, lines[file]);
    if (lines[file].size() < kWriteBytes) continue;
    out[file] << lines[file];
    lines[file].clear();
  }
  bytes = 0;
  for (size_t i = 0; i < files; ++i) {
    out[i] << lines[i];
    out[i].close();
    const bool done =
        out[i].good() && std::rename((names[i] + ".tmp").c_str(), names[i].c_str()) == 0;
    Require(done ? Status() : Status::External(names[i]), "cannot write the events");
    bytes += BytesOf(names[i]);
  }
  return bytes;
}

}  // namespace weir::bench
