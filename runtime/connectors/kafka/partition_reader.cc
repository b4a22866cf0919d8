#include "runtime/connectors/kafka/partition_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/connectors/kafka/fetched_messages.h"
#include "runtime/types/column_builder.h"

namespace weir::connectors::kafka {
namespace {

// Stands in key_row_ for a message without a key.
constexpr uint32_t kNoKey = ~uint32_t{0};

std::string PlaceOf(const PartitionName& name, int64_t offset) {
  return fmt::format("topic '{}', partition {}, offset {}", name.topic, name.partition, offset);
}

class PartitionReader final : public SplitReader {
 public:
  PartitionReader(const TopicScan& scan, std::shared_ptr<Consumer> consumer, PartitionName name,
                  PartitionPosition position)
      : scan_(scan),
        consumer_(std::move(consumer)),
        name_(std::move(name)),
        position_(std::move(position)),
        fetched_(scan) {}

  Status Open() {
    decoder_ = TRY(scan_.NewDecoder());
    if (!scan_.key.columns.empty()) key_decoder_ = TRY(scan_.NewKeyDecoder());
    fetched_to_ = position_.offset;
    return AtEnd() ? Status() : Begin();
  }

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    for (;;) {
      while (next_ < fetched_.size()) {
        RETURN_IF_ERROR(Decode(max_rows, out));
        if (out.row_count > 0) return ReadOutcome::kRows;
      }
      position_.offset = fetched_to_;
      if (AtEnd()) {
        queue_.reset();
        return ReadOutcome::kEndOfSplit;
      }
      if (!TRY(Fetch(max_rows))) return up_to_date_ ? ReadOutcome::kNothing : ReadOutcome::kComing;
    }
  }

  std::string Position() const override { return position_.ToString(); }
  ReaderStatistics statistics() const override {
    return {.bytes_read = bytes_, .records_skipped = skipped_};
  }

 private:
  bool AtEnd() const { return position_.end && position_.offset >= *position_.end; }

  // Asks the cluster for the records from the position on.
  Status Begin() {
    queue_.reset();
    const OffsetRange range = TRY(consumer_->Range(name_.topic, name_.partition));
    position_.offset = TRY(OffsetIn(range));
    fetched_to_ = position_.offset;
    up_to_date_ = position_.offset >= range.end;
    queue_ = TRY(consumer_->Start(name_.topic, name_.partition, position_.offset));
    return {};
  }

  // Records before the first offset are deleted; an offset behind the end is of a topic that was
  // made anew since.
  Result<int64_t> OffsetIn(const OffsetRange& range) const {
    const int64_t offset = position_.offset;
    if (offset >= range.begin && offset <= range.end) return offset;
    const std::string what =
        offset < range.begin
            ? fmt::format("{}, is deleted: the first one that is left is {}",
                          PlaceOf(name_, offset), range.begin)
            : fmt::format("{}, is behind the end, {}: the topic was made anew or cut",
                          PlaceOf(name_, offset), range.end);
    if (scan_.out_of_range == OutOfRange::kFail) {
      return Status::DataError(what).WithId("E3006").WithHint(
          "'scan.out-of-range' = 'earliest' or 'latest' goes on with the first record that is "
          "left, or behind the last one");
    }
    const bool first = scan_.out_of_range == OutOfRange::kEarliest;
    const int64_t instead = first ? range.begin : range.end;
    if (scan_.notices != nullptr) {
      const auto lost = static_cast<uint64_t>(std::max<int64_t>(instead - offset, 1));
      scan_.notices->Report(NoticeKind::kSkippedRecord, lost,
                            fmt::format("{}; it goes on at {}", what, instead));
    }
    return instead;
  }

  // False when nothing has come.
  Result<bool> Fetch(uint32_t most) {
    if (std::exchange(lost_, false)) RETURN_IF_ERROR(Begin());
    const std::span<rd_kafka_message_t* const> came = queue_->Take(most);
    if (came.empty()) return false;
    good_.clear();
    for (rd_kafka_message_t* const message : came) {
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        RETURN_IF_ERROR(TakeEvent(*message));
        continue;
      }
      up_to_date_ = false;
      const bool within = !position_.end || message->offset < *position_.end;
      fetched_to_ = within ? message->offset + 1 : *position_.end;
      if (!within) continue;
      bytes_ += message->len + message->key_len;
      good_.push_back(message);
    }
    fetched_.Fill(good_);
    next_ = 0;
    next_value_ = 0;
    RETURN_IF_ERROR(DecodeKeys());
    return true;
  }

  // Handles an event that the queue holds in the place of a message.
  Status TakeEvent(const rd_kafka_message_t& event) {
    switch (event.err) {
      case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        // Ends of transactions have offsets, too, but are not delivered. Without this, a partition
        // that ends with them would never reach its end.
        fetched_to_ = std::max(fetched_to_, event.offset);
        up_to_date_ = true;
        return {};
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        lost_ = true;
        return {};
      default:
        return consumer_->Failure(fmt::format("topic '{}', partition {}, cannot be read on",
                                              name_.topic, name_.partition),
                                  event.err);
    }
  }

  // Decodes the keys of what was fetched: keys_, and key_row_ for each message.
  Status DecodeKeys() {
    if (key_decoder_ == nullptr) return {};
    MessageBlock& block = fetched_.keys();
    key_row_.assign(fetched_.size(), kNoKey);
    std::vector<Batch> parts;
    uint32_t rows = 0;
    for (size_t at = 0; at < block.places.size();) {
      BadMessage bad;
      MessageRows part;
      const auto most = static_cast<uint32_t>(block.places.size());
      Result<DecodedMessages> taken = key_decoder_->Decode(block, at, most, part, bad);
      if (!taken.ok()) {
        const uint32_t message = fetched_.key_of()[bad.message];
        return Placed(taken.status(), message, bad.column, *scan_.key.format, "key.");
      }
      at += taken->messages;
      skipped_ += taken->skipped;
      for (const uint32_t key : part.message_of) key_row_[fetched_.key_of()[key]] = rows++;
      if (part.batch.row_count > 0) parts.push_back(std::move(part.batch));
    }
    if (rows < key_row_.size()) RETURN_IF_ERROR(TakeMissingKeys());
    keys_ = parts.empty() ? Batch{} : ConcatenateAll(std::move(parts));
    return {};
  }

  // For messages without a key. Their columns of the key are NULL, which is a failure where one is
  // NOT NULL. Upserts without a key are left out where bad keys are skipped.
  Status TakeMissingKeys() {
    const bool skips = SkipsBadRecords(*scan_.key.format, scan_.key.options);
    if (!scan_.upserts || !skips) return CheckMissingKeys();
    skipped_ += fetched_.size() - fetched_.key_of().size();
    return {};
  }

  Status CheckMissingKeys() const {
    const auto missing = std::ranges::find(key_row_, kNoKey);
    for (const int column : scan_.key.columns) {
      const Field& field = scan_.key.record.fields[static_cast<size_t>(column)];
      if (field.type.nullable()) continue;
      const auto message = static_cast<size_t>(missing - key_row_.begin());
      return Status::DataError(fmt::format("NULL in a NOT NULL column: '{}', of a message without "
                                           "a key: {}",
                                           field.name, PlaceOf(name_, fetched_.offset(message))))
          .WithId("E3004");
    }
    return {};
  }

  Status Decode(uint32_t max_rows, Batch& out) {
    rows_ = MessageRows();
    size_t end = fetched_.size();
    if (const std::vector<uint32_t>& value_of = fetched_.value_of();
        next_value_ < value_of.size()) {
      BadMessage bad;
      Result<DecodedMessages> taken =
          decoder_->Decode(fetched_.values(), next_value_, max_rows, rows_, bad);
      if (!taken.ok())
        return Placed(taken.status(), value_of[bad.message], bad.column, *scan_.format, "");
      skipped_ += taken->skipped;
      next_value_ += taken->messages;
      for (uint32_t& message : rows_.message_of) message = value_of[message];
      if (next_value_ < value_of.size()) end = value_of[next_value_];
    }
    const size_t begin = std::exchange(next_, end);
    position_.offset = next_ < fetched_.size() ? fetched_.offset(next_) : fetched_to_;
    out = Batch{};
    if (rows_.batch.row_count > 0) {
      out = ArrangeColumns(scan_.columns, std::move(rows_.batch), [this](int place, uint32_t) {
        return OtherColumn(place, rows_.message_of);
      });
    }
    if (scan_.upserts) out = Upserts(std::move(out), begin, end);
    return {};
  }

  // `written`, the rows of rows_, and those of the tombstones among the messages from `begin` to
  // `end`, in their order and without those that have no key.
  Batch Upserts(Batch written, size_t begin, size_t end) const {
    const std::vector<uint32_t>& all = fetched_.tombstones();
    const std::vector<uint32_t> deleted(std::ranges::lower_bound(all, begin),
                                        std::ranges::lower_bound(all, end));
    std::vector<std::pair<uint32_t, uint32_t>> rows;  // messages, and their rows
    uint32_t next = 0;
    for (const uint32_t message : rows_.message_of) rows.emplace_back(message, next++);
    const uint32_t additions = next;
    for (const uint32_t message : deleted) rows.emplace_back(message, next++);
    std::inplace_merge(rows.begin(), rows.begin() + additions, rows.end());
    std::erase_if(rows, [this](const auto& row) { return key_row_[row.first] == kNoKey; });
    if (rows.empty()) return {};
    if (additions == 0) {
      written = Deletions(deleted);
    } else if (!deleted.empty()) {
      written = Concatenate(written, Deletions(deleted));
    }
    const auto count = static_cast<uint32_t>(rows.size());
    std::vector<uint32_t> ids;
    const BufferPtr kinds = MakeBuffer<uint8_t>(count);
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t row = rows[i].second;
      ids.push_back(row);
      const RowKind kind = row < additions ? RowKind::kUpdateAfter : RowKind::kDelete;
      kinds->as<uint8_t>()[i] = static_cast<uint8_t>(kind);
    }
    if (!deleted.empty() || count < written.row_count)
      written = GatherBatch(written, ids.data(), count);
    written.row_kinds = kinds;
    return written;
  }

  // The deletions that tombstones mean, with as many columns as are known.
  Batch Deletions(const std::vector<uint32_t>& messages) const {
    Batch rows;
    rows.row_count = static_cast<uint32_t>(messages.size());
    for (size_t i = 0; i < scan_.spec.columns.size(); ++i) {
      const auto place = static_cast<int>(i);
      const bool known = !scan_.MetadataAt(place).empty() ||
                         std::ranges::find(scan_.key.places, place) != scan_.key.places.end();
      rows.columns.push_back(known ? OtherColumn(place, messages)
                                   : Column::MakeNull(scan_.FieldAt(place).type, rows.row_count));
    }
    return rows;
  }

  // A column that is not in the values.
  ColumnPtr OtherColumn(int place, const std::vector<uint32_t>& messages) const {
    const Type& type = scan_.FieldAt(place).type;
    const std::string& metadata = scan_.MetadataAt(place);
    if (!metadata.empty()) return fetched_.Metadata(metadata, name_, type, messages);
    const auto found = std::ranges::find(scan_.key.places, place);
    const auto of_key = static_cast<size_t>(found - scan_.key.places.begin());
    ColumnBuilder builder(type, static_cast<uint32_t>(messages.size()));
    for (const uint32_t message : messages) {
      const uint32_t row = key_row_[message];
      if (row == kNoKey) {
        builder.AppendNull();
      } else {
        builder.AppendFrom(*keys_.columns[of_key], row);
      }
    }
    return builder.Finish();
  }

  // Adds the message's place to a failure. A lack of memory, or a value that is too large, keeps
  // its code, as that is no fault of the message.
  Status Placed(Status failure, size_t message, const std::string& column, const Format& format,
                std::string_view prefix) const {
    const std::string place = PlaceOf(name_, fetched_.offset(message));
    if (failure.code() != StatusCode::kDataError || failure.id() == "E3007")
      return std::move(failure).WithContext(place);
    return Status::DataError(
               fmt::format("{}{}: {}", place,
                           column.empty() ? "" : fmt::format(", column \"{}\"", column),
                           failure.message()))
        .WithId("E3005")
        .WithHint(HintOnBadRecords(format, prefix));
  }

  const TopicScan& scan_;
  const std::shared_ptr<Consumer> consumer_;
  const PartitionName name_;
  PartitionPosition position_;
  std::unique_ptr<PartitionQueue> queue_;
  std::unique_ptr<MessageDecoder> decoder_;
  std::unique_ptr<MessageDecoder> key_decoder_;  // null: no column is in the keys
  FetchedMessages fetched_;
  Batch keys_;
  std::vector<uint32_t> key_row_;  // of each message; kNoKey
  MessageRows rows_;               // that were decoded last
  std::vector<rd_kafka_message_t*> good_;
  size_t next_ = 0;         // the message of fetched_ that is decoded next
  size_t next_value_ = 0;   // the first value behind it
  int64_t fetched_to_ = 0;  // the offset behind all that was fetched
  // Whether all that the cluster had when it was heard last was fetched.
  bool up_to_date_ = false;
  bool lost_ = false;  // the record behind that is gone: reading begins anew
  uint64_t bytes_ = 0;
  uint64_t skipped_ = 0;
};

}  // namespace

Result<std::unique_ptr<SplitReader>> OpenPartition(const TopicScan& scan,
                                                   std::shared_ptr<Consumer> consumer,
                                                   PartitionName name, PartitionPosition position) {
  auto reader = std::make_unique<PartitionReader>(scan, std::move(consumer), std::move(name),
                                                  std::move(position));
  RETURN_IF_ERROR(reader->Open());
  return std::unique_ptr<SplitReader>(std::move(reader));
}

}  // namespace weir::connectors::kafka
