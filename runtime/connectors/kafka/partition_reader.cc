#include "runtime/connectors/kafka/partition_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/connectors/bad_rows.h"
#include "runtime/connectors/kafka/fetched_messages.h"
#include "runtime/types/column_builder.h"

namespace weir::connectors::kafka {
namespace {

// Stand in key_row_ for a message without a key, and for one whose bad key was left out.
constexpr uint32_t kNoKey = ~uint32_t{0};
constexpr uint32_t kBadKey = kNoKey - 1;

// What is wrong with a message that is taken for itself.
struct Fault {
  uint32_t message;
  std::string column;
  std::string reason;
  bool of_key;
};

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
        takes_bad_(ReportsBadRecords(scan.spec.options)),
        fetched_(scan) {}

  Status Open() {
    decoder_ = TRY(scan_.NewDecoder());
    if (!scan_.key.columns.empty()) key_decoder_ = TRY(scan_.NewKeyDecoder());
    fetched_to_ = position_.offset;
    return AtEnd() ? Status() : Begin();
  }

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    most_rows_ = max_rows;
    for (;;) {
      while (next_ < fetched_.size()) {
        RETURN_IF_ERROR(Decode(out));
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
    faults_.clear();
    if (key_decoder_ == nullptr) return {};
    MessageBlock& block = fetched_.keys();
    const std::vector<uint32_t>& key_of = fetched_.key_of();
    key_row_.assign(fetched_.size(), kNoKey);
    for (const uint32_t message : key_of) key_row_[message] = kBadKey;
    std::vector<Batch> parts;
    uint32_t rows = 0;
    for (size_t at = 0; at < block.places.size();) {
      BadMessage bad;
      MessageRows part;
      Result<DecodedMessages> taken = Decoded(*key_decoder_, block, at, part, bad);
      if (!taken.ok()) {
        const uint32_t message = key_of[bad.message];
        return Placed(taken.status(), message, bad.column, *scan_.key.format, "key.");
      }
      if (taken->messages == 0) {
        faults_.push_back({key_of[at++], std::move(bad.column), std::move(bad.reason), true});
        continue;
      }
      at += taken->messages;
      skipped_ += taken->skipped;
      for (const uint32_t key : part.message_of) key_row_[key_of[key]] = rows++;
      if (part.batch.row_count > 0) parts.push_back(std::move(part.batch));
    }
    keys_ = parts.empty() ? Batch{} : ConcatenateAll(std::move(parts));
    bad_keys_ = rows < key_of.size();
    if (key_of.size() == fetched_.size()) return {};
    RETURN_IF_ERROR(TakeMissingKeys());
    std::ranges::sort(faults_, {}, &Fault::message);
    return {};
  }

  // Decodes messages from number `from` on, of which it takes none if that is bad and taken for
  // itself.
  Result<DecodedMessages> Decoded(MessageDecoder& decoder, MessageBlock& block, size_t from,
                                  MessageRows& rows, BadMessage& bad) {
    if (!takes_bad_) return decoder.Decode(block, from, most_rows_, rows, bad);
    const uint32_t most = std::min(most_rows_, budget_.rows());
    Result<DecodedMessages> taken = DecodeUpToBad(decoder, {block, from, most}, rows, bad);
    if (bad.reason.empty()) {
      budget_.Raise();
    } else {
      budget_.Reduce();
    }
    return taken;
  }

  // For messages without a key. Their columns of the key are NULL, which is a failure where one is
  // NOT NULL. Upserts without a key are left out where bad keys are.
  Status TakeMissingKeys() {
    const bool skips = SkipsBadRecords(*scan_.key.format, scan_.key.options);
    if (!takes_bad_ && scan_.upserts && skips) {
      skipped_ += fetched_.size() - fetched_.key_of().size();
      return {};
    }
    const Field* const lacking = NotNullInKeys();
    if (lacking == nullptr && !scan_.upserts) return {};
    const std::string name = lacking == nullptr ? "" : lacking->name;
    for (uint32_t message = 0; message < key_row_.size(); ++message) {
      if (key_row_[message] != kNoKey) continue;
      if (takes_bad_) {
        faults_.push_back({message, name, "the message has no key", false});
      } else if (lacking != nullptr) {
        return Status::DataError(
                   fmt::format("NULL in a NOT NULL column: '{}', of a message without a key: {}",
                               name, PlaceOf(name_, fetched_.offset(message))))
            .WithId("E3004");
      }
    }
    return {};
  }

  // A column of the key that may not be NULL; null if there is none.
  const Field* NotNullInKeys() const {
    for (const int column : scan_.key.columns) {
      const Field& field = scan_.key.record.fields[static_cast<size_t>(column)];
      if (!field.type.nullable()) return &field;
    }
    return nullptr;
  }

  Status Decode(Batch& out) {
    rows_ = MessageRows();
    out = Batch{};
    if (!faults_.empty() && faults_.front().message == next_) {
      out = TakeFaults();
      return {};
    }
    const size_t begin = next_;
    size_t end = faults_.empty() ? fetched_.size() : faults_.front().message;
    RETURN_IF_ERROR(DecodeValues(end));
    MoveTo(end);
    if (rows_.batch.row_count > 0) {
      out = ArrangeColumns(scan_.columns, std::move(rows_.batch), [this](int place, uint32_t) {
        return OtherColumn(place, rows_.message_of);
      });
    }
    out = scan_.upserts ? Upserts(std::move(out), begin, end) : WithoutBadKeys(std::move(out));
    if (scan_.spec.reports_bad && out.row_count > 0) AddNoBadRecord(out);
    return {};
  }

  // Decodes values of messages before number `end`, which becomes the first that is left.
  Status DecodeValues(size_t& end) {
    const std::vector<uint32_t>& value_of = fetched_.value_of();
    const auto values =
        static_cast<size_t>(std::ranges::lower_bound(value_of, end) - value_of.begin());
    if (next_value_ >= values) return {};
    MessageBlock& all = fetched_.values();
    MessageBlock some;  // only where a bad message is next
    if (values < all.places.size())
      some = {all.memory,
              {all.places.begin(), all.places.begin() + static_cast<std::ptrdiff_t>(values)}};
    BadMessage bad;
    Result<DecodedMessages> taken =
        Decoded(*decoder_, values < all.places.size() ? some : all, next_value_, rows_, bad);
    if (!taken.ok())
      return Placed(taken.status(), value_of[bad.message], bad.column, *scan_.format, "");
    if (taken->messages == 0) {
      end = value_of[next_value_];
      faults_.insert(faults_.begin(),
                     {value_of[next_value_], std::move(bad.column), std::move(bad.reason), false});
      return {};
    }
    skipped_ += taken->skipped;
    next_value_ += taken->messages;
    for (uint32_t& message : rows_.message_of) message = value_of[message];
    if (next_value_ < values) end = value_of[next_value_];
    return {};
  }

  void MoveTo(size_t message) {
    next_ = message;
    position_.offset = next_ < fetched_.size() ? fetched_.offset(next_) : fetched_to_;
  }

  // The bad messages at next_, as they came.
  Batch TakeFaults() {
    std::vector<BadRow> rows;
    size_t taken = 0;
    size_t at = next_;
    for (; taken < faults_.size() && faults_[taken].message == at; ++taken, ++at) {
      Fault& fault = faults_[taken];
      const rd_kafka_message_t& message = *good_[at];
      const void* const bytes = fault.of_key ? message.key : message.payload;
      const size_t size = fault.of_key ? message.key_len : message.len;
      rows.push_back({bytes == nullptr ? "" : std::string(static_cast<const char*>(bytes), size),
                      PlaceOf(name_, fetched_.offset(at)), std::move(fault.column),
                      std::move(fault.reason)});
      const std::vector<uint32_t>& value_of = fetched_.value_of();
      if (next_value_ < value_of.size() && value_of[next_value_] == at) ++next_value_;
    }
    faults_.erase(faults_.begin(), faults_.begin() + static_cast<std::ptrdiff_t>(taken));
    skipped_ += taken;
    MoveTo(at);
    return scan_.spec.reports_bad ? MakeBadRows(scan_.spec, rows) : Batch{};
  }

  // The rows of messages whose keys were not bad.
  Batch WithoutBadKeys(Batch rows) const {
    if (!bad_keys_ || rows.row_count == 0) return rows;
    std::vector<uint32_t> kept;
    for (uint32_t row = 0; row < rows.row_count; ++row)
      if (key_row_[rows_.message_of[row]] != kBadKey) kept.push_back(row);
    const auto count = static_cast<uint32_t>(kept.size());
    return count == rows.row_count ? rows : GatherBatch(rows, kept.data(), count);
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
    std::erase_if(rows, [this](const auto& row) { return key_row_[row.first] >= kBadKey; });
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
      if (row >= kBadKey) {
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
    if (!IsFaultOfRecord(failure)) return std::move(failure).WithContext(place);
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
  const bool takes_bad_;                         // bad messages are taken for themselves
  FetchedMessages fetched_;
  Batch keys_;
  std::vector<uint32_t> key_row_;  // of each message; kNoKey, kBadKey
  bool bad_keys_ = false;          // whether some are kBadKey
  std::vector<Fault> faults_;      // of messages at next_ or behind it, in their order
  RowBudget budget_{kDefaultBatchRows};
  uint32_t most_rows_ = kDefaultBatchRows;
  MessageRows rows_;  // that were decoded last
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
