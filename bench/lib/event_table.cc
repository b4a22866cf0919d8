#include <unordered_set>

#include "bench/lib/engine.h"
#include "bench/lib/events.h"

namespace weir::bench {
namespace {

uint64_t BytesOf(const Column& column) {
  uint64_t bytes = uint64_t{column.stored()} * static_cast<uint64_t>(column.type().value_bytes());
  for (const ColumnPtr& child : column.children()) bytes += BytesOf(*child);
  return bytes;
}

class TableReader final : public SplitReader {
 public:
  TableReader(const std::vector<Batch>& batches, std::vector<int> columns, size_t first,
              size_t step)
      : batches_(batches), columns_(std::move(columns)), next_(first), step_(step) {}

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    if (next_ >= batches_.size()) return ReadOutcome::kEndOfSplit;
    const Batch& all = batches_[next_];
    Require(all.row_count <= max_rows ? Status() : Status::External("batches are smaller"),
            "cannot replay events");
    next_ += step_;
    out = Batch{};
    out.row_count = all.row_count;
    out.columns.reserve(columns_.size());
    for (const int column : columns_)
      out.columns.push_back(all.columns[static_cast<size_t>(column)]);
    return ReadOutcome::kRows;
  }
  std::string Position() const override { return "v1 batch=" + std::to_string(next_); }

 private:
  const std::vector<Batch>& batches_;
  const std::vector<int> columns_;
  size_t next_;
  const size_t step_;
};

class TableSource final : public Source {
 public:
  TableSource(const std::vector<Batch>& batches, std::vector<int> columns, uint32_t splits)
      : batches_(batches), columns_(std::move(columns)), splits_(splits) {}
  bool bounded() const override { return true; }
  Result<std::vector<Split>> Discover() override {
    std::vector<Split> splits;
    for (uint32_t i = 0; i < splits_; ++i) splits.push_back({std::to_string(i), {}, false});
    return splits;
  }
  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    return std::unique_ptr<SplitReader>(
        std::make_unique<TableReader>(batches_, columns_, std::stoul(split.id), splits_));
  }

 private:
  const std::vector<Batch>& batches_;
  const std::vector<int> columns_;
  const uint32_t splits_;
};

// Columns by field, 0 and 1 being the kinds' order in the table.
struct Fields {
  const Column& row;
  const int64_t* Num(size_t i) const { return row.children()[i]->data<int64_t>(); }
  const StringRef* Str(size_t i) const { return row.children()[i]->data<StringRef>(); }
};

}  // namespace

EventTable::EventTable(uint64_t events) : events_(events) {
  graph::ScanSpec spec;
  spec.table = "nexmark";
  spec.options.push_back({"connector", "nexmark"});
  spec.options.push_back({"events.num", std::to_string(events)});
  spec.options.push_back({"first-event.rate", "100000"});
  spec.table_schema = EventSchema();
  spec.columns = {0, 1, 2, 3};
  connectors::ConnectorContext context;
  context.clock = &Clock::System();
  const auto source = Require(connectors::MakeSource(spec, context), "cannot make events");
  const auto splits = Require(source->Discover(), "cannot make events");
  const auto reader = Require(source->Open(splits.front()), "cannot make events");
  for (;;) {
    Batch batch;
    if (Require(reader->Read(kDefaultBatchRows, batch), "cannot make events") != ReadOutcome::kRows)
      break;
    for (const ColumnPtr& column : batch.columns) bytes_ += BytesOf(*column);
    batches_.push_back(std::move(batch));
  }
}

EventTable::~EventTable() = default;

EventView EventTable::View(size_t batch) const {
  const Batch& all = batches_[batch];
  const Fields p{*all.columns[1]};
  const Fields a{*all.columns[2]};
  const Fields b{*all.columns[3]};
  EventView view;
  view.count = all.row_count;
  view.type = all.columns[0]->data<int32_t>();
  view.person = {p.Num(0), p.Str(1), p.Str(2), p.Str(3), p.Str(4), p.Str(5), p.Num(6), p.Str(7)};
  view.auction = {a.Num(0), a.Str(1), a.Str(2), a.Num(3), a.Num(4),
                  a.Num(5), a.Num(6), a.Num(7), a.Num(8), a.Str(9)};
  view.bid = {b.Num(0), b.Num(1), b.Num(2), b.Str(3), b.Str(4), b.Num(5), b.Str(6)};
  return view;
}

std::unique_ptr<Source> EventTable::MakeSource(const graph::ScanSpec& spec, uint32_t splits) const {
  return std::make_unique<TableSource>(batches_, spec.columns, splits);
}

Schema EventSchema() {
  const Type number = Type::BigInt();
  const Type time = Type::Timestamp(3);
  const Type text = Type::String();
  return {{{"event_type", Type::Int()},
           {"person", Type::Row({{"id", number},
                                 {"name", text},
                                 {"emailAddress", text},
                                 {"creditCard", text},
                                 {"city", text},
                                 {"state", text},
                                 {"dateTime", time},
                                 {"extra", text}})},
           {"auction", Type::Row({{"id", number},
                                  {"itemName", text},
                                  {"description", text},
                                  {"initialBid", number},
                                  {"reserve", number},
                                  {"dateTime", time},
                                  {"expires", time},
                                  {"seller", number},
                                  {"category", number},
                                  {"extra", text}})},
           {"bid", Type::Row({{"auction", number},
                              {"bidder", number},
                              {"price", number},
                              {"channel", text},
                              {"url", text},
                              {"dateTime", time},
                              {"extra", text}})}}};
}

}  // namespace weir::bench
