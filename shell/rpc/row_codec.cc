#include "shell/rpc/row_codec.h"

#include <algorithm>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/types/value.h"
#include "runtime/types/value_codec.h"
#include "state/row/row_codec.h"

namespace weir::rpc {
namespace {

constexpr uint64_t kMostColumns = 1 << 16;
constexpr uint64_t kMostRows = 1 << 24;  // of a batch

Status Malformed() {
  return Status::Corruption("the rows of a message are malformed");
}

Result<Batch> DecodeBatch(ByteReader& in, std::span<const shell::ResultColumn> columns) {
  const uint64_t rows = in.Varint();
  // A row without columns has no bytes.
  if (rows > kMostRows || (!columns.empty() && rows > in.rest().size())) return Malformed();
  Batch batch;
  batch.row_count = static_cast<uint32_t>(rows);
  if (in.Little<uint8_t>() != 0) {
    const std::string_view kinds = in.Bytes(rows);
    for (const char kind : kinds) {
      if (static_cast<uint8_t>(kind) > static_cast<uint8_t>(RowKind::kDelete)) return Malformed();
    }
    if (in.failed()) return Malformed();
    batch.row_kinds = MakeBuffer<uint8_t>(rows);
    std::copy(kinds.begin(), kinds.end(), batch.row_kinds->as<char>());
  }
  std::vector<ColumnBuilder> builders;
  for (const shell::ResultColumn& column : columns)
    builders.emplace_back(column.type, batch.row_count);
  for (uint64_t row = 0; row < rows; ++row) {
    for (ColumnBuilder& builder : builders) RETURN_IF_ERROR(DecodeValueInto(in, builder));
  }
  if (in.failed()) return Malformed();
  for (ColumnBuilder& builder : builders) batch.columns.push_back(builder.Finish());
  return batch;
}

}  // namespace

std::string EncodeColumns(std::span<const shell::ResultColumn> columns) {
  std::string out;
  AppendVarint(out, columns.size());
  for (const shell::ResultColumn& column : columns) {
    AppendVarint(out, column.name.size());
    out += column.name;
    state::AppendType(column.type, out);
  }
  return out;
}

Result<std::vector<shell::ResultColumn>> DecodeColumns(std::string_view bytes) {
  ByteReader in(bytes);
  const uint64_t count = in.Varint();
  if (count > kMostColumns) return Malformed();
  std::vector<shell::ResultColumn> columns;
  for (uint64_t i = 0; i < count && !in.failed(); ++i) {
    shell::ResultColumn column;
    column.name = in.Bytes(in.Varint());
    column.type = TRY(state::ReadType(in));
    columns.push_back(std::move(column));
  }
  if (in.failed() || !in.at_end()) return Malformed();
  return columns;
}

void AppendBatch(const Batch& batch, std::string& out) {
  AppendVarint(out, batch.size());
  out += batch.row_kinds ? '\1' : '\0';
  if (batch.row_kinds)
    ForEachRow(batch, [&](uint32_t row) { out += static_cast<char>(batch.kind(row)); });
  ForEachRow(batch, [&](uint32_t row) {
    for (const ColumnPtr& column : batch.columns) AppendValue(*column, row, out);
  });
}

Result<std::vector<Batch>> DecodeBatches(std::string_view bytes,
                                         std::span<const shell::ResultColumn> columns) {
  ByteReader in(bytes);
  std::vector<Batch> batches;
  while (!in.at_end()) batches.push_back(TRY(DecodeBatch(in, columns)));
  return batches;
}

std::string EncodeCells(const shell::ResultTable& table) {
  std::string out;
  AppendVarint(out, table.rows.size());
  for (const std::vector<Value>& row : table.rows) {
    for (const Value& cell : row) {
      state::AppendType(cell.type(), out);
      AppendValue(*MakeConstantColumn(cell, 1), 0, out);
    }
  }
  return out;
}

Result<shell::ResultTable> DecodeTable(std::string_view columns, std::string_view cells) {
  shell::ResultTable table;
  table.columns = TRY(DecodeColumns(columns));
  ByteReader in(cells);
  const uint64_t rows = in.Varint();
  // A forged count must not make rows that the bytes cannot hold.
  if (rows > in.rest().size()) return Malformed();
  for (uint64_t i = 0; i < rows; ++i) {
    std::vector<Value>& row = table.rows.emplace_back();
    for (size_t column = 0; column < table.columns.size(); ++column) {
      ColumnBuilder cell(TRY(state::ReadType(in)), 1);
      RETURN_IF_ERROR(DecodeValueInto(in, cell));
      row.push_back(GetValue(*cell.Finish(), 0));
    }
  }
  if (in.failed() || !in.at_end()) return Malformed();
  return table;
}

}  // namespace weir::rpc
