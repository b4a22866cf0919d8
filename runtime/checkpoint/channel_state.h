// Rows on their way between two operators, as an unaligned checkpoint holds them: its barrier has
// overtaken them, so they are behind the state of the operator that sent them and before that of
// the one they are for (Chandy and Lamport's state of channels, "Distributed Snapshots", TOCS 1985;
// Flink: FLIP-76). Bytes: state/FORMAT.md, "Channel state".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/batch.h"
#include "runtime/types/schema.h"

namespace weir::checkpoint {

// The edge of the graph that rows are on.
struct ChannelName {
  std::string from;   // uid of the operator that sent them
  std::string to;     // uid of the one that they are for
  int port = 0;       // of its inputs
  std::string types;  // TypesText of the rows' columns
  friend bool operator==(const ChannelName&, const ChannelName&) = default;
};
// The types of columns as text, to tell whether rows fit.
std::string TypesText(const Schema& schema);

// One batch on its way to a subtask of `channel->to`.
struct ChannelRows {
  std::shared_ptr<const ChannelName> channel;
  uint32_t subtask = 0;
  Batch batch;
};

// Rows of one channel and one subtask keep their order; they are sorted by subtask otherwise, so
// that the bytes do not depend on which task was first.
std::string EncodeChannelState(std::vector<ChannelRows> rows);

// A batch of a file. `bytes` are a part of the file's.
struct SavedRows {
  ChannelName channel;
  uint32_t subtask = 0;
  uint32_t rows = 0;
  std::string_view bytes;
};
// The batches in their order; kCorruption E7001 for anything that EncodeChannelState does not
// write.
Result<std::vector<SavedRows>> ReadChannelState(std::string_view file);
// REQUIRES: TypesText of these columns is that of the saved rows. kCorruption E7001.
Result<Batch> DecodeRows(const SavedRows& saved, const Schema& columns);

}  // namespace weir::checkpoint
