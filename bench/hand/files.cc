// q10: every bid as a line of CSV into a file of its minute.
#include <fmt/chrono.h>
#include <fmt/compile.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "bench/hand/bid_row.h"

namespace weir::bench {
namespace {

constexpr int64_t kMinute = 60'000'000;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// The file of a minute, and the two columns that name its directory.
struct Minute {
  std::string day;
  std::string time;
  std::unique_ptr<std::FILE, CloseFile> file;  // null where no rows are to be written
};

class PartitionedFiles final : public HandQuery {
 public:
  explicit PartitionedFiles(Output& out) : out_(out) {}

  void Feed(const EventView& events) override {
    const BidColumns& bid = events.bid;
    ForBids(events, [&](uint32_t i) {
      Minute& minute = At(bid.time[i] / kMinute);
      PutBareBid(out_, bid, i);
      const uint32_t at = out_.at();
      out_.s(4)[at] = bid.extra[i];
      out_.s(5)[at] = StringRef(minute.day);
      out_.s(6)[at] = StringRef(minute.time);
      if (minute.file) Write(minute, bid, i);
      out_.Add();
    });
    // Rows are some tens of milliseconds out of order at most.
    while (minutes_.size() > 2) Finish(minutes_.begin());
  }
  void Finish() override {
    while (!minutes_.empty()) Finish(minutes_.begin());
  }

 private:
  using Minutes = std::map<int64_t, Minute>;

  Minute& At(int64_t number) {
    if (last_ != nullptr && number == last_number_) return *last_;
    last_number_ = number;
    auto [found, fresh] = minutes_.try_emplace(number);
    last_ = &found->second;
    if (fresh) Begin(*last_, number);
    return *last_;
  }
  void Begin(Minute& minute, int64_t number) {
    const auto at = std::chrono::sys_seconds(std::chrono::seconds(number * 60));
    minute.day = fmt::format("{:%Y-%m-%d}", at);
    minute.time = fmt::format("{:%H:%M}", at);
    if (out_.directory().empty()) return;
    const std::string path =
        fmt::format("{}/q10-by-hand/{}/{}", out_.directory(), minute.day, minute.time);
    std::filesystem::create_directories(path);
    minute.file.reset(std::fopen((path + "/part").c_str(), "w"));
  }
  void Write(const Minute& minute, const BidColumns& bid, uint32_t i) {
    const int64_t millis = bid.time[i] / 1000 % 60'000;
    line_.clear();
    fmt::format_to(std::back_inserter(line_), FMT_COMPILE("{},{},{},{} {}:{:02}.{:03},"),
                   bid.auction[i], bid.bidder[i], bid.price[i], minute.day, minute.time,
                   millis / 1000, millis % 1000);
    const std::string_view extra = bid.extra[i].view();
    const bool quoted = extra.find_first_of("\",\n") != extra.npos;
    if (quoted) line_.push_back('"');
    for (const char c : extra) {
      if (c == '"') line_.push_back('"');
      line_.push_back(c);
    }
    if (quoted) line_.push_back('"');
    line_.push_back('\n');
    std::fwrite(line_.data(), 1, line_.size(), minute.file.get());
  }
  // The rows' texts of days and times live until they are flushed.
  void Finish(Minutes::iterator minute) {
    out_.Flush();
    last_ = nullptr;
    minutes_.erase(minute);
  }

  Output& out_;
  Minutes minutes_;
  int64_t last_number_ = 0;
  Minute* last_ = nullptr;  // of last_number_
  fmt::memory_buffer line_;
};

}  // namespace

std::span<const HandFacts> FileQueries() {
  static constexpr HandFacts kQueries[] = {
      {"q10", {0, 0, Columns({0, 1, 2, 5, 6})}, "nnntsss", 0, MakeHand<PartitionedFiles>}};
  return kQueries;
}

}  // namespace weir::bench
