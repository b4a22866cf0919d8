// What all readers of one scan of a topic share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/connectors/connectors.h"
#include "runtime/connectors/formats/message_decoder.h"
#include "runtime/connectors/kafka/consumer.h"
#include "runtime/connectors/scan_columns.h"
#include "runtime/types/time_zone.h"

namespace weir::connectors::kafka {

// The option 'scan.out-of-range': where a partition goes on if the position of a checkpoint is no
// longer among its offsets.
enum class OutOfRange : uint8_t { kFail, kEarliest, kLatest };

// The columns of a scan that are taken from the keys of messages.
struct KeyColumns {
  const Format* format = nullptr;   // null: there are none
  std::vector<std::string> fields;  // 'key.fields'
  graph::TableOptions options;      // of the format, without "key."
  Schema record;                    // the fields as the keys name them
  std::vector<int> columns;         // of record: those that the scan reads
  std::vector<int> places;          // in the scan's output, one for each of `columns`
};

struct TopicScan {
  graph::ScanSpec spec;
  const Format* format = nullptr;
  ScanColumns columns;
  KeyColumns key;
  TimeZone zone;
  OutOfRange out_of_range = OutOfRange::kFail;
  // A message is the new row of its key, and one with no value (a tombstone) deletes it: of that
  // row nothing but the columns of the key is known.
  bool upserts = false;
  Notices* notices = nullptr;

  // The name of a metadata column at a place of ScanColumns::others; "" for a column of the key.
  const std::string& MetadataAt(int place) const {
    return spec.metadata_keys[static_cast<size_t>(spec.columns[static_cast<size_t>(place)])];
  }
  const Field& FieldAt(int place) const {
    return spec.table_schema.fields[static_cast<size_t>(spec.columns[static_cast<size_t>(place)])];
  }
  Result<std::unique_ptr<MessageDecoder>> NewDecoder() const;
  // REQUIRES: key.format is not null.
  Result<std::unique_ptr<MessageDecoder>> NewKeyDecoder() const;
};

}  // namespace weir::connectors::kafka
