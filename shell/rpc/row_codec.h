// Exact rows on the wire between a shell and the engine that it is attached to.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/batch.h"
#include "shell/engine/session/result_table.h"

namespace weir::rpc {

// Names and types: a varint count, then each name (varint length, bytes) and type
// (state/row/row_codec.h).
std::string EncodeColumns(std::span<const shell::ResultColumn> columns);
// kCorruption for bytes that EncodeColumns does not make, more than 65,536 columns, or types that
// are nested too deeply.
Result<std::vector<shell::ResultColumn>> DecodeColumns(std::string_view bytes);

// Appends the selected rows of a batch: a varint count, a byte that says whether kinds follow, a
// byte for the kind of each row, and the values row by row (runtime/types/value_codec.h).
void AppendBatch(const Batch& batch, std::string& out);
// Decodes batches that were appended one after the other, with columns of these types: all, or none
// and kCorruption for any other bytes.
Result<std::vector<Batch>> DecodeBatches(std::string_view bytes,
                                         std::span<const shell::ResultColumn> columns);

// The cells of a table, each with its type, which may be another one than its column's.
std::string EncodeCells(const shell::ResultTable& table);
Result<shell::ResultTable> DecodeTable(std::string_view columns, std::string_view cells);

}  // namespace weir::rpc
