// Finds the tokens of many lines at once, then decodes the lines one by one.
#include "runtime/connectors/formats/json_decoder.h"

#include <algorithm>
#include <cstring>

#include "runtime/connectors/formats/json_column.h"
#include "runtime/connectors/formats/json_index.h"
#include "runtime/connectors/formats/json_record.h"

namespace weir::connectors {
namespace {

class JsonLinesDecoder final : public Decoder {
 public:
  JsonLinesDecoder(FormatSpec spec, JsonDecoding options)
      : spec_(std::move(spec)), record_(spec_.zone, options, columns_, keys_) {
    for (size_t c = 0; c < spec_.columns.size(); ++c) {
      const Field& field = spec_.record.fields[static_cast<size_t>(spec_.columns[c])];
      keys_.Add(field.name, static_cast<int>(c));
      columns_.emplace_back(field.type, field.name);
    }
  }

  size_t WholeRecords(std::string_view bytes, bool at_end) const override {
    return WholeLines(bytes, at_end);
  }

  Result<std::optional<size_t>> Prologue(std::string_view bytes, bool at_end) override {
    if (bytes.size() < 3 && !at_end) return std::optional<size_t>();
    return std::optional<size_t>(bytes.starts_with("\xEF\xBB\xBF") ? 3 : 0);
  }

  Result<DecodeResult> Decode(const RecordBlock& block, size_t from, uint32_t max_rows,
                              Batch& batch, BadRecord& bad) override {
    record_.heap().Begin(block.memory);
    rows_ = 0;
    max_rows_ = max_rows;
    skipped_ = 0;
    starts_.clear();
    for (JsonColumn& column : columns_)
      column.Reset(ExpectedRows(block.bytes.size() - from, max_rows));
    size_t at = from;
    while (at < block.bytes.size() && rows_ < max_rows) {
      window_start_ = at;
      const Result<size_t> taken = DecodeWindow(NextWindow(block.bytes.substr(at)), bad);
      if (!taken.ok()) {
        bad.offset += at;
        return taken.status();
      }
      at += *taken;
    }
    if (rows_ > 0) row_bytes_ = std::max<size_t>((at - from) / rows_, 2);
    batch = Batch{};
    batch.row_count = rows_;
    for (JsonColumn& column : columns_) {
      column.PadTo(rows_);
      batch.columns.push_back(column.Finish(record_.heap().chunks()));
    }
    return DecodeResult{at - from, skipped_};
  }

  std::span<const size_t> RowStarts() const override { return starts_; }

  // Outside of strings a line end is a blank to JSON, and is replaced by one. Within a string it is
  // a fault: it is replaced by another control character, which is as well.
  bool MakeLine(std::span<char> message) const override {
    if (std::memchr(message.data(), '\n', message.size()) == nullptr) return true;
    constexpr char kControl = 1;  // as bad in a string as a line end
    bool quoted = false;
    bool escaped = false;
    for (char& c : message) {
      if (c == '\n') c = quoted ? kControl : ' ';
      if (c == '"' && !escaped) quoted = !quoted;
      escaped = quoted && c == '\\' && !escaped;
    }
    return true;
  }

 private:
  // Enough for rows of the size seen before, so that columns neither grow nor waste memory.
  uint32_t ExpectedRows(size_t bytes, uint32_t max_rows) const {
    const size_t expected = bytes / row_bytes_ + bytes / row_bytes_ / 8 + 16;
    return static_cast<uint32_t>(std::min<size_t>(expected, max_rows));
  }

  // The next lines to index: as many whole ones as fit the processor's cache together with their
  // tokens, and not many more than the batch has room for; at least one, however long it is.
  std::string_view NextWindow(std::string_view bytes) const {
    constexpr size_t kWindowBytes = 64 << 10;
    const size_t wanted = (size_t{max_rows_ - rows_} + 1) * row_bytes_;
    const size_t size = std::min({bytes.size(), kWindowBytes, wanted});
    if (size == bytes.size()) return bytes;
    size_t end = bytes.substr(0, size).rfind('\n');
    if (end == std::string_view::npos) end = bytes.find('\n', size);
    return end == std::string_view::npos ? bytes : bytes.substr(0, end + 1);
  }

  // Decodes lines of the window until it or the batch is at an end; returns their bytes.
  Result<size_t> DecodeWindow(std::string_view window, BadRecord& bad) {
    // A failure of Build does not say which line is at fault, so each is then indexed by itself.
    if (!index_.Build(window).ok()) return DecodeLineByLine(window, bad);
    record_.Begin(window, index_);
    while (rows_ < max_rows_ && record_.NextLine()) {
      const size_t begin = record_.offset();
      if (record_.Decode(rows_)) [[likely]] {
        TakeRow(begin);
      } else {
        RETURN_IF_ERROR(RefuseRecord(begin, bad));
      }
    }
    return record_.offset();
  }

  // DecodeWindow where the window as a whole cannot be indexed.
  Result<size_t> DecodeLineByLine(std::string_view window, BadRecord& bad) {
    size_t at = 0;
    while (at < window.size() && rows_ < max_rows_) {
      const size_t end = std::min(window.find('\n', at), window.size());
      RETURN_IF_ERROR(DecodeAlone(window.substr(at, end - at), at, bad));
      at = std::min(end + 1, window.size());
    }
    return at;
  }

  Status DecodeAlone(std::string_view line, size_t offset, BadRecord& bad) {
    const Status fault = index_.Build(line);
    if (!fault.ok()) return Refuse(fault, offset, nullptr, bad);
    record_.Begin(line, index_);
    if (!record_.NextLine()) return {};
    if (!record_.Decode(rows_)) return RefuseRecord(offset, bad);
    TakeRow(offset);
    return {};
  }

  // Counts the row that was just decoded; `offset` is that of its record in the window.
  void TakeRow(size_t offset) {
    ++rows_;
    if (spec_.row_starts) starts_.push_back(window_start_ + offset);
  }

  // Skips the record at `offset`, which record_ has refused, or fails.
  Status RefuseRecord(size_t offset, BadRecord& bad) {
    const JsonRecordDecoder::Failure& failure = record_.failure();
    return Refuse(Status::DataError(failure.reason).WithId("E3005"), offset, failure.column, bad);
  }

  // `column` is null when the record is bad as a whole.
  Status Refuse(Status status, size_t offset, const std::string* column, BadRecord& bad) {
    if (!spec_.skip_bad) {
      bad = {offset, column == nullptr ? "" : *column, status.message()};
      return status;
    }
    ++skipped_;
    for (JsonColumn& each : columns_) each.TruncateTo(rows_);
    return {};
  }

  FormatSpec spec_;
  std::vector<JsonColumn> columns_;
  JsonKeys keys_;
  JsonIndex index_;
  JsonRecordDecoder record_;  // after the members that it uses
  size_t row_bytes_ = 128;
  // Used within one call of Decode.
  uint32_t rows_ = 0;
  uint32_t max_rows_ = 0;
  uint64_t skipped_ = 0;
  size_t window_start_ = 0;  // in the block
  std::vector<size_t> starts_;
};

}  // namespace

std::unique_ptr<Decoder> MakeJsonLinesDecoder(FormatSpec spec, JsonDecoding options) {
  return std::make_unique<JsonLinesDecoder>(std::move(spec), options);
}

}  // namespace weir::connectors
