// Rows in flight as bytes: what is written is read again, and nothing else is.
#include "runtime/checkpoint/channel_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/types/batch_text.h"
#include "tests/seed.h"
#include "tests/unit/runtime/types/random_batches.h"

namespace weir::checkpoint {
namespace {

using testing::ElementsAre;

std::shared_ptr<const ChannelName> Name(const Schema& schema, std::string to = "sink:s/agg") {
  return std::make_shared<const ChannelName>(
      ChannelName{.from = "source:a", .to = std::move(to), .port = 1, .types = TypesText(schema)});
}

Schema SchemaOf(const std::vector<Type>& types) {
  Schema schema;
  for (const Type& type : types)
    schema.fields.push_back({"c" + std::to_string(schema.fields.size()), type});
  return schema;
}

// Changes and late marks in most, and rows left out by a selection in some.
Batch RandomRows(Random& random, const Schema& schema) {
  Batch batch;
  batch.row_count = 1 + static_cast<uint32_t>(random.Below(20));
  for (const Field& field : schema.fields) {
    ColumnBuilder builder(field.type, batch.row_count);
    for (uint32_t i = 0; i < batch.row_count; ++i) AppendRandom(random, builder, 20);
    batch.columns.push_back(builder.Finish());
  }
  if (random.Below(3) > 0) {
    batch.row_kinds = MakeBuffer<uint8_t>(batch.row_count);
    for (uint32_t i = 0; i < batch.row_count; ++i)
      batch.row_kinds->as<uint8_t>()[i] = static_cast<uint8_t>(random.Below(4));
  }
  if (random.Below(3) > 0) {
    batch.late_marks = MakeBuffer<int64_t>(batch.row_count);
    for (uint32_t i = 0; i < batch.row_count; ++i) {
      batch.late_marks->as<int64_t>()[i] =
          random.Below(2) == 0 ? Timestamp::Min().millis : static_cast<int64_t>(random.Next64());
    }
  }
  return batch;
}

std::string CellText(const Column& column, uint32_t row) {
  std::string text;
  FormatCell(column, row, text);
  return text;
}

std::vector<std::string> RowsOf(const Batch& batch) {
  std::vector<std::string> rows;
  ForEachRow(batch, [&](uint32_t row) {
    std::string text = std::to_string(static_cast<int>(batch.kind(row))) + " " +
                       std::to_string(batch.late_mark(row).millis);
    for (const ColumnPtr& column : batch.columns) text += " | " + CellText(*column, row);
    rows.push_back(std::move(text));
  });
  return rows;
}

TEST(ChannelState, ReadsWhatWasWritten) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(SeedOf(seed));
    std::vector<Type> types = AllTypes();
    types.resize(1 + random.Below(types.size()));
    const Schema schema = SchemaOf(types);
    std::vector<ChannelRows> rows;
    for (uint32_t i = 0; i < 5; ++i)
      rows.push_back({Name(schema), i / 2, RandomRows(random, schema)});
    const std::string file = EncodeChannelState(rows);
    const auto read = ReadChannelState(file);
    ASSERT_TRUE(read.ok()) << read.status().ToString();
    ASSERT_EQ(read->size(), rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      const SavedRows& saved = (*read)[i];
      EXPECT_EQ(saved.channel, *rows[i].channel);
      EXPECT_EQ(saved.subtask, rows[i].subtask);
      const auto batch = DecodeRows(saved, schema);
      ASSERT_TRUE(batch.ok()) << batch.status().ToString();
      EXPECT_EQ(RowsOf(*batch), RowsOf(rows[i].batch));
    }
  }
}

// Whichever task was first: a subtask's rows keep their order.
TEST(ChannelState, SortsBySubtask) {
  const Schema schema = SchemaOf({Type::BigInt()});
  Random random(1);
  const auto one = Name(schema, "b");
  const auto other = Name(schema, "a");
  std::vector<ChannelRows> rows;
  for (const auto& [name, subtask] : {std::pair{one, 1U}, {one, 0U}, {other, 3U}, {one, 1U}})
    rows.push_back({name, subtask, RandomRows(random, schema)});
  const auto file = EncodeChannelState(rows);
  std::vector<std::string> order;
  const auto read = ReadChannelState(file);
  for (const SavedRows& saved : read.value()) {
    order.push_back(saved.channel.to + std::to_string(saved.subtask) + " " +
                    std::to_string(saved.rows));
  }
  const auto text = [&](const char* place, size_t i) {
    return place + (" " + std::to_string(rows[i].batch.size()));
  };
  EXPECT_THAT(order, ElementsAre(text("a3", 2), text("b0", 1), text("b1", 0), text("b1", 3)));
}

// A byte changed, or an end cut off, at any place.
TEST(ChannelState, RefusesDamage) {
  const Schema schema = SchemaOf({Type::BigInt(), Type::String()});
  Random random(SeedOf(1));
  const std::string file = EncodeChannelState({{Name(schema), 0, RandomRows(random, schema)},
                                               {Name(schema), 1, RandomRows(random, schema)}});
  const size_t blocks_end = file.size();
  size_t whole = 0;  // cuts behind the header and behind a batch leave a file
  for (size_t length = 0; length < blocks_end; ++length) {
    const auto read = ReadChannelState(std::string_view(file).substr(0, length));
    whole += read.ok() ? 1 : 0;
    EXPECT_EQ(read.ok() ? "" : read.status().id(), read.ok() ? "" : "E7001");
  }
  EXPECT_EQ(whole, 2U);
  for (size_t at = 0; at < file.size(); ++at) {
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.Below(8)));
    const auto read = ReadChannelState(damaged);
    ASSERT_FALSE(read.ok()) << at;
    EXPECT_EQ(read.status().code(), StatusCode::kCorruption);
  }
}

TEST(ChannelState, RefusesRowsThatAreNotOfTheseColumns) {
  const Schema schema = SchemaOf({Type::BigInt(), Type::String()});
  Random random(SeedOf(2));
  const std::string file = EncodeChannelState({{Name(schema), 0, RandomRows(random, schema)}});
  const std::vector<SavedRows> saved = ReadChannelState(file).value();
  const auto fewer = DecodeRows(saved[0], SchemaOf({Type::BigInt()}));
  ASSERT_FALSE(fewer.ok());
  EXPECT_EQ(fewer.status().id(), "E7001");
  EXPECT_FALSE(DecodeRows(saved[0], SchemaOf({Type::BigInt(), Type::String(), Type::Int()})).ok());
}

}  // namespace
}  // namespace weir::checkpoint
