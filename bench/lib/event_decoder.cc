// The bare simdjson loop: what decoding costs a program that knows the fields and their types.
#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench/lib/events.h"

namespace weir::bench {
namespace {

constexpr size_t kReadBytes = size_t{1} << 20;

enum class FieldKind : uint8_t { kNumber, kTime, kText };
struct FieldName {
  const char* name;
  FieldKind kind;
};
constexpr FieldName kFields[3][10] = {{{"id", FieldKind::kNumber},
                                       {"name", FieldKind::kText},
                                       {"emailAddress", FieldKind::kText},
                                       {"creditCard", FieldKind::kText},
                                       {"city", FieldKind::kText},
                                       {"state", FieldKind::kText},
                                       {"dateTime", FieldKind::kTime},
                                       {"extra", FieldKind::kText}},
                                      {{"id", FieldKind::kNumber},
                                       {"itemName", FieldKind::kText},
                                       {"description", FieldKind::kText},
                                       {"initialBid", FieldKind::kNumber},
                                       {"reserve", FieldKind::kNumber},
                                       {"dateTime", FieldKind::kTime},
                                       {"expires", FieldKind::kTime},
                                       {"seller", FieldKind::kNumber},
                                       {"category", FieldKind::kNumber},
                                       {"extra", FieldKind::kText}},
                                      {{"auction", FieldKind::kNumber},
                                       {"bidder", FieldKind::kNumber},
                                       {"price", FieldKind::kNumber},
                                       {"channel", FieldKind::kText},
                                       {"url", FieldKind::kText},
                                       {"dateTime", FieldKind::kTime},
                                       {"extra", FieldKind::kText}}};
constexpr const char* kKinds[] = {"person", "auction", "bid"};

int64_t Digits(const char* text, size_t count) {
  int64_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value * 10 + (text[i] - '0');
  return value;
}

// Of "2026-01-01 12:00:00.123". Days come seldom new, so the last one is kept.
class TimeReader {
 public:
  int64_t Micros(std::string_view text) {
    if (std::memcmp(text.data(), day_, 10) != 0) {
      std::memcpy(day_, text.data(), 10);
      const int64_t month = Digits(day_ + 5, 2);
      const int64_t shifted = Digits(day_, 4) - (month <= 2 ? 1 : 0);
      const int64_t of_era = shifted % 400;
      const int64_t of_year =
          (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + Digits(day_ + 8, 2) - 1;
      days_ =
          shifted / 400 * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
    }
    const char* t = text.data();
    const int64_t seconds =
        days_ * 86'400 + Digits(t + 11, 2) * 3600 + Digits(t + 14, 2) * 60 + Digits(t + 17, 2);
    return (seconds * 1000 + Digits(t + 20, 3)) * 1000;
  }

 private:
  char day_[11] = {};
  int64_t days_ = 0;
};

struct WantedField {
  const char* name;
  FieldKind kind;
  size_t place;
};

// Arrays of decoded events.
class Decoder {
 public:
  Decoder(EventFields fields, const EventFeed& feed) : feed_(feed) {
    const uint32_t masks[] = {fields.person, fields.auction, fields.bid};
    for (size_t kind = 0; kind < 3; ++kind) {
      for (size_t i = 0; i < 10; ++i) {
        if ((masks[kind] >> i & 1) != 0)
          wanted_[kind].push_back({kFields[kind][i].name, kFields[kind][i].kind, i});
      }
    }
    heap_.resize(size_t{kDefaultBatchRows} * 1024);
  }

  void Decode(const char* lines, size_t bytes) {
    simdjson::ondemand::document_stream documents;
    if (parser_.iterate_many(lines, bytes, bytes < 64 ? 64 : bytes).get(documents) !=
        simdjson::SUCCESS)
      std::abort();
    for (auto document : documents) {
      DecodeEvent(document);
      if (++count_ == kDefaultBatchRows) Flush();
    }
  }

  void Flush() {
    EventView view;
    view.count = count_;
    view.type = types_;
    view.person = {Num(0, 0), Str(0, 1), Str(0, 2), Str(0, 3),
                   Str(0, 4), Str(0, 5), Num(0, 6), Str(0, 7)};
    view.auction = {Num(1, 0), Str(1, 1), Str(1, 2), Num(1, 3), Num(1, 4),
                    Num(1, 5), Num(1, 6), Num(1, 7), Num(1, 8), Str(1, 9)};
    view.bid = {Num(2, 0), Num(2, 1), Num(2, 2), Str(2, 3), Str(2, 4), Num(2, 5), Str(2, 6)};
    feed_(view);
    count_ = 0;
    heap_used_ = 0;
  }

 private:
  const int64_t* Num(size_t kind, size_t place) const { return numbers_[kind][place]; }
  const StringRef* Str(size_t kind, size_t place) const { return texts_[kind][place]; }

  template <typename Document>
  void DecodeEvent(Document& document) {
    const auto type = static_cast<size_t>(document["event_type"].get_int64().value());
    types_[count_] = static_cast<int32_t>(type);
    if (wanted_[type].empty()) return;
    simdjson::ondemand::object row = document[kKinds[type]].get_object();
    for (const WantedField& field : wanted_[type]) {
      switch (field.kind) {
        case FieldKind::kNumber:
          numbers_[type][field.place][count_] = row[field.name].get_int64();
          break;
        case FieldKind::kTime:
          numbers_[type][field.place][count_] = times_.Micros(row[field.name].get_string());
          break;
        case FieldKind::kText:
          texts_[type][field.place][count_] = Keep(row[field.name].get_string());
          break;
      }
    }
  }

  // The parser's own copy lives only as long as the document.
  StringRef Keep(std::string_view text) {
    char* at = heap_.data() + heap_used_;
    std::memcpy(at, text.data(), text.size());
    heap_used_ += text.size();
    return StringRef({at, text.size()});
  }

  const EventFeed& feed_;
  simdjson::ondemand::parser parser_;
  std::vector<WantedField> wanted_[3];
  TimeReader times_;
  uint32_t count_ = 0;
  size_t heap_used_ = 0;
  std::vector<char> heap_;
  int32_t types_[kDefaultBatchRows];
  int64_t numbers_[3][10][kDefaultBatchRows];
  StringRef texts_[3][10][kDefaultBatchRows];
};

// A file read in blocks, of which whole lines are handed on.
class LineBlocks {
 public:
  explicit LineBlocks(const std::string& path) : file_(::open(path.c_str(), O_RDONLY)) {
    if (file_ >= 0) return;
    std::fprintf(stderr, "bench: cannot open %s\n", path.c_str());
    std::exit(1);
  }
  ~LineBlocks() { ::close(file_); }
  LineBlocks(const LineBlocks&) = delete;
  LineBlocks& operator=(const LineBlocks&) = delete;

  // False at the end of the file.
  bool Next(Decoder& decoder) {
    const ssize_t got = ::read(file_, block_.get() + have_, kReadBytes);
    if (got <= 0) return false;
    have_ += static_cast<size_t>(got);
    const void* newline = ::memrchr(block_.get(), '\n', have_);
    if (newline == nullptr) return true;
    const size_t whole = static_cast<size_t>(static_cast<const char*>(newline) - block_.get()) + 1;
    decoder.Decode(block_.get(), whole);
    std::memmove(block_.get(), block_.get() + whole, have_ - whole);
    have_ -= whole;
    return true;
  }

 private:
  int file_;
  size_t have_ = 0;
  std::unique_ptr<char[]> block_{new char[2 * kReadBytes + simdjson::SIMDJSON_PADDING]};
};

}  // namespace

void DecodeEventFiles(const std::vector<std::string>& paths, EventFields fields,
                      const EventFeed& feed) {
  const auto decoder = std::make_unique<Decoder>(fields, feed);
  std::vector<std::unique_ptr<LineBlocks>> files;
  for (const std::string& path : paths) files.push_back(std::make_unique<LineBlocks>(path));
  for (bool more = true; more;) {
    more = false;
    for (const auto& file : files) more |= file->Next(*decoder);
  }
  decoder->Flush();
}

}  // namespace weir::bench
