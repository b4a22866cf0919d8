// Decodes messages into columns.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/formats/protobuf/message_fields.h"
#include "runtime/connectors/formats/protobuf/message_type.h"
#include "runtime/connectors/formats/protobuf/plain_messages.h"
#include "runtime/types/batch.h"
#include "runtime/types/column_builder.h"

namespace google::protobuf {
class Message;
}

namespace weir::connectors::protobuf {

// What a field is read as that a message does not have: Flink's 'protobuf.read-default-values'.
enum class Absent : uint8_t {
  kNull,    // NULL; but a scalar of proto3 that is not `optional` has its default, as messages do
            // not say whether it is set. An array or map without items is NULL where it may be
  kDefault  // the default that the type declares; of a message, that of each of its fields
};

// Who reads the bytes of messages.
enum class ReadBy : uint8_t {
  kBoth,    // the library those that are not plain (plain_messages.h), which are few
  kLibrary  // the library all of them
};

// Collects the rows of messages (row_message_decoder.h). Used by one thread. The library parses a
// message into one that is used again and again: it knows what is easily forgotten (fields in
// pieces, groups, extensions, the last of several values), and guards against deep ones.
class MessageRowBuilder {
 public:
  static constexpr uint32_t kRowsOfMessage = 1;

  // REQUIRES: `fields` are of the type (FieldsOfColumns) and fit `columns`.
  MessageRowBuilder(std::shared_ptr<const MessageType> type, std::vector<MessageField> fields,
                    const std::vector<Type>& columns, Absent absent, ReadBy by = ReadBy::kBoth);
  MessageRowBuilder(MessageRowBuilder&&) noexcept;
  ~MessageRowBuilder();

  void Begin(const BufferPtr& memory);  // nothing points into it later
  Status Append(std::string_view message, std::string& column);
  uint32_t size() const { return rows_; }
  bool full() const { return values_in_batch_ >= kFull; }
  Batch Finish();

 private:
  using Message = google::protobuf::Message;
  static constexpr uint64_t kFull = 4'000'000;

  // Where a value is: the field's in `message`, or its item of that number.
  struct Place {
    const Message& message;
    int item;
  };

  bool AppendPlain(std::string_view bytes);
  bool Parse(std::string_view bytes);
  bool AppendFields(std::string& column);
  bool AppendField(const MessageField& field, const Message& message, ColumnBuilder& out);
  bool AppendAbsent(const MessageField& field, ColumnBuilder& out);
  bool AppendItems(const MessageField& field, const Message& message, int items,
                   ColumnBuilder& out);
  bool AppendEntries(const MessageField& field, const Message& message, int entries,
                     ColumnBuilder& out);
  bool AppendValue(const MessageField& field, Place place, ColumnBuilder& out);
  bool AppendText(const MessageField& field, Place place, ColumnBuilder& out);
  bool AppendEnum(const MessageField& field, Place place, ColumnBuilder& out);
  bool AppendRow(const MessageField& field, Place place, ColumnBuilder& out);
  bool Refuse(std::string why);

  std::shared_ptr<const MessageType> type_;
  std::vector<MessageField> fields_;
  std::vector<std::string> names_;
  bool reads_defaults_;
  std::vector<ColumnBuilder> columns_;
  std::unique_ptr<Message> message_;  // of the type, which outlives it
  std::optional<PlainMessages> plain_;
  uint32_t rows_ = 0;
  uint64_t values_in_batch_ = 0;
  uint64_t values_ = 0;       // of the message in hand, so far
  uint64_t most_values_ = 0;  // that it may have
  std::string scratch_;
  std::string failure_;
};

}  // namespace weir::connectors::protobuf
