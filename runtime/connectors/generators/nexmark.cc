// The `nexmark` connector: NEXMark's stream of persons, auctions and bids, made in process. Only
// the columns that a query reads are made. Cycles of events (50 by default) go to the partitions in
// turn. Position: "v1 event=N", the number of the next event.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "runtime/connectors/connectors.h"
#include "runtime/connectors/generators/nexmark_events.h"
#include "runtime/connectors/generators/rate_limit.h"
#include "runtime/graph/typed_options.h"
#include "runtime/types/datetime.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;

constexpr std::array kNexmarkOptions = {
    OptionDescriptor{"events.num", OptionKind::kInteger, "0", "", false,
                     "Events in all; 0: without end."},
    OptionDescriptor{"first-event.rate", OptionKind::kInteger, "10000", "", false,
                     "Events a second of event time."},
    OptionDescriptor{"next-event.rate", OptionKind::kInteger, "10000", "", false,
                     "The same; a rate that changes is not supported yet."},
    OptionDescriptor{"person.proportion", OptionKind::kInteger, "1", "", false,
                     "Persons in a cycle."},
    OptionDescriptor{"auction.proportion", OptionKind::kInteger, "3", "", false,
                     "Auctions in a cycle."},
    OptionDescriptor{"bid.proportion", OptionKind::kInteger, "46", "", false, "Bids in a cycle."},
    OptionDescriptor{"person.avg-size", OptionKind::kMemorySize, "200", "", false,
                     "Bytes of a person."},
    OptionDescriptor{"auction.avg-size", OptionKind::kMemorySize, "500", "", false,
                     "Bytes of an auction."},
    OptionDescriptor{"bid.avg-size", OptionKind::kMemorySize, "100", "", false, "Bytes of a bid."},
    OptionDescriptor{"bid.hot-ratio.auctions", OptionKind::kInteger, "2", "", false,
                     "One bid in so many is not for the hot auction."},
    OptionDescriptor{"bid.hot-ratio.bidders", OptionKind::kInteger, "4", "", false,
                     "One bid in so many is not by the hot bidder."},
    OptionDescriptor{"auction.hot-ratio.sellers", OptionKind::kInteger, "4", "", false,
                     "One auction in so many is not by the hot seller."},
    OptionDescriptor{"max-emit-speed", OptionKind::kBoolean, "true", "", false,
                     "As fast as possible; otherwise at the rate of event time."},
    OptionDescriptor{"seed", OptionKind::kInteger, "1", "", false,
                     "Equal seeds give equal events."},
    OptionDescriptor{"partitions", OptionKind::kInteger, "1", "", false,
                     "How many partitions share the events."},
    OptionDescriptor{"base-time", OptionKind::kString, "2026-01-01 12:00:00", "", false,
                     "Event time of event number 0."},
};

Status CheckNexmark(const Schema& schema, const graph::TableOptions& options);
bool IsUnboundedNexmark(const graph::TableOptions& options);
graph::RowBound NexmarkBoundOf(const Schema& schema, const graph::TableOptions& options);

const graph::ConnectorDescriptor kNexmarkDescriptor = {
    .name = "nexmark",
    .doc = "The NEXMark benchmark's persons, auctions and bids, equal for equal seeds.",
    .source = true,
    .options = kNexmarkOptions,
    .check = CheckNexmark,
    .unbounded = IsUnboundedNexmark,
    .row_bound = NexmarkBoundOf,
};

Type Text() {
  return Type::String();
}

// Every column that a table may declare.
const Schema& AllColumns() {
  const Type number = Type::BigInt();
  const Type time = Type::Timestamp(3);
  static const Schema schema{{
      {"event_type", Type::Int()},
      {"person", Type::Row({{"id", number},
                            {"name", Text()},
                            {"emailAddress", Text()},
                            {"creditCard", Text()},
                            {"city", Text()},
                            {"state", Text()},
                            {"dateTime", time},
                            {"extra", Text()}})},
      {"auction", Type::Row({{"id", number},
                             {"itemName", Text()},
                             {"description", Text()},
                             {"initialBid", number},
                             {"reserve", number},
                             {"dateTime", time},
                             {"expires", time},
                             {"seller", number},
                             {"category", number},
                             {"extra", Text()}})},
      {"bid", Type::Row({{"auction", number},
                         {"bidder", number},
                         {"price", number},
                         {"channel", Text()},
                         {"url", Text()},
                         {"dateTime", time},
                         {"extra", Text()}})},
  }};
  return schema;
}

bool SameShape(const Type& a, const Type& b) {
  if (a.kind() != b.kind() || a.fields().size() != b.fields().size()) return false;
  if (a.is_timestamp() && a.precision() != b.precision()) return false;
  for (size_t i = 0; i < a.fields().size(); ++i) {
    if (a.fields()[i].name != b.fields()[i].name ||
        !SameShape(a.fields()[i].type, b.fields()[i].type))
      return false;
  }
  return true;
}

// One of AllColumns, with the type that the table declares for it.
struct WantedColumn {
  size_t known = 0;
  Type type;
};

// What each column of the table is.
Result<std::vector<WantedColumn>> MatchColumns(const Schema& schema) {
  std::vector<WantedColumn> matched;
  for (const Field& field : schema.fields) {
    const std::optional<size_t> known = AllColumns().Find(field.name);
    if (!known) {
      return Status::InvalidSql(fmt::format("a nexmark table has no column \"{}\"", field.name))
          .WithId("E2008")
          .WithHint("its columns are event_type, person, auction and bid");
    }
    const Type& type = AllColumns().fields[*known].type;
    if (!SameShape(field.type, type)) {
      return Status::InvalidSql(
                 fmt::format("column \"{}\" of a nexmark table has another type", field.name))
          .WithId("E2008")
          .WithHint(fmt::format("declare it as {}", type.ToString()));
    }
    matched.push_back({*known, field.type});
  }
  return matched;
}

struct NexmarkPlan {
  NexmarkSettings settings;
  int64_t events = 0;  // 0: without end
  int64_t partitions = 1;
  double paced = 0;  // events a second of wall-clock time; 0: not paced

  // How many events before this one are of the partition: whole cycles go to the partitions in
  // turn.
  uint64_t Before(int64_t number, int64_t partition) const {
    const auto below = [&](int64_t id) {
      const int64_t cycle = settings.cycle();
      const int64_t round = cycle * partitions;
      return id / round * cycle + std::clamp<int64_t>(id % round - cycle * partition, 0, cycle);
    };
    return static_cast<uint64_t>(below(NexmarkEvents::IdOf(number)) -
                                 below(NexmarkEvents::IdOf(1)));
  }
};

// An option's value in [least, most].
Status TakeInteger(const graph::TypedOptions& options, std::string_view key,
                   std::pair<int64_t, int64_t> range, int64_t& value) {
  value = key.ends_with("avg-size") ? TRY(options.Bytes(key)) : TRY(options.Integer(key));
  if (value >= range.first && value <= range.second) return {};
  return Status::InvalidSql(fmt::format("option '{}' is {}, not between {} and {}", key, value,
                                        range.first, range.second))
      .WithId("E2008");
}

// Takes the two rates, of which the generator needs one: where only one is given, the other is the
// same.
Status TakeRates(const graph::TypedOptions& options, int64_t& rate) {
  constexpr std::pair<int64_t, int64_t> kRates = {1, 1'000'000'000};
  int64_t first = 0;
  int64_t next = 0;
  RETURN_IF_ERROR(TakeInteger(options, "first-event.rate", kRates, first));
  RETURN_IF_ERROR(TakeInteger(options, "next-event.rate", kRates, next));
  const bool both = options.IsGiven("first-event.rate") && options.IsGiven("next-event.rate");
  if (both && first != next) {
    return Status::Unsupported(
        "'first-event.rate' and 'next-event.rate' must be equal: rates that change are "
        "not supported yet");
  }
  rate = options.IsGiven("next-event.rate") ? next : first;
  return {};
}

Result<NexmarkPlan> MakePlan(const graph::TableOptions& given) {
  const graph::TypedOptions options(kNexmarkDescriptor, given);
  constexpr std::pair<int64_t, int64_t> kProportion = {1, 1'000'000};
  constexpr std::pair<int64_t, int64_t> kBytes = {1, 100'000};
  constexpr std::pair<int64_t, int64_t> kRatio = {1, 1'000'000'000};
  NexmarkPlan plan;
  NexmarkSettings& s = plan.settings;
  int64_t seed = 1;
  RETURN_IF_ERROR(TakeInteger(options, "events.num", {0, INT64_MAX / 2}, plan.events));
  RETURN_IF_ERROR(TakeRates(options, s.events_per_second));
  RETURN_IF_ERROR(TakeInteger(options, "person.proportion", kProportion, s.person_proportion));
  RETURN_IF_ERROR(TakeInteger(options, "auction.proportion", kProportion, s.auction_proportion));
  RETURN_IF_ERROR(TakeInteger(options, "bid.proportion", kProportion, s.bid_proportion));
  RETURN_IF_ERROR(TakeInteger(options, "person.avg-size", kBytes, s.person_bytes));
  RETURN_IF_ERROR(TakeInteger(options, "auction.avg-size", kBytes, s.auction_bytes));
  RETURN_IF_ERROR(TakeInteger(options, "bid.avg-size", kBytes, s.bid_bytes));
  RETURN_IF_ERROR(TakeInteger(options, "bid.hot-ratio.auctions", kRatio, s.hot_auction_ratio));
  RETURN_IF_ERROR(TakeInteger(options, "bid.hot-ratio.bidders", kRatio, s.hot_bidder_ratio));
  RETURN_IF_ERROR(TakeInteger(options, "auction.hot-ratio.sellers", kRatio, s.hot_seller_ratio));
  RETURN_IF_ERROR(TakeInteger(options, "seed", {INT64_MIN, INT64_MAX}, seed));
  RETURN_IF_ERROR(TakeInteger(options, "partitions", {1, 100'000}, plan.partitions));
  s.seed = static_cast<uint64_t>(seed);
  const std::string_view base = options.Text("base-time");
  const std::optional<int64_t> micros = ParseTimestamp(base, 3);
  if (!micros)
    return Status::InvalidSql(fmt::format("option 'base-time' is no timestamp: '{}'", base))
        .WithId("E2008");
  s.base_millis = MillisFromMicros(*micros);
  if (!options.Flag("max-emit-speed"))
    plan.paced = static_cast<double>(s.events_per_second) / static_cast<double>(plan.partitions);
  return plan;
}

Status CheckNexmark(const Schema& schema, const graph::TableOptions& options) {
  RETURN_IF_ERROR(MatchColumns(schema).status());
  return MakePlan(options).status();
}

bool IsUnboundedNexmark(const graph::TableOptions& options) {
  const Result<NexmarkPlan> plan = MakePlan(options);
  return plan.ok() && plan->events == 0;
}

// The number of events of all three kinds, of which a table of one kind has fewer.
graph::RowBound NexmarkBoundOf(const Schema&, const graph::TableOptions& options) {
  const Result<NexmarkPlan> plan = MakePlan(options);
  if (!plan.ok() || plan->events == 0) return {};
  return {plan->events, false};
}

// A ROW column being filled; its fields are NULL where it is.
class RowFiller {
 public:
  RowFiller(const Type& type, uint32_t rows) : row_(Column::Make(type, rows)) {
    validity_ = MakeBuffer<uint64_t>(BitmapWords(rows));
    std::memset(validity_->as<uint64_t>(), 0, BitmapWords(rows) * sizeof(uint64_t));
    for (const TypeField& field : type.fields()) {
      MutableColumnPtr column = Column::Make(field.type, rows);
      std::memset(column->mutable_data<char>(), 0,
                  static_cast<size_t>(field.type.value_bytes()) * rows);
      fields_.push_back(std::move(column));
    }
  }

  int64_t* Numbers(size_t field) { return fields_[field]->mutable_data<int64_t>(); }
  StringRef* Texts(size_t field) { return fields_[field]->mutable_data<StringRef>(); }
  void SetPresent(uint32_t row) { SetBit(validity_->as<uint64_t>(), row); }

  ColumnPtr Finish(const std::vector<BufferPtr>& heaps) {
    row_->ShareValidity(validity_);
    for (MutableColumnPtr& field : fields_) {
      field->ShareValidity(validity_);
      if (field->type().physical() == PhysicalType::kString) {
        for (const BufferPtr& heap : heaps) field->AddHeap(heap);
      }
      row_->AddChild(std::move(field));
    }
    return std::move(row_);
  }

 private:
  MutableColumnPtr row_;
  BufferPtr validity_;
  std::vector<MutableColumnPtr> fields_;
};

class NexmarkReader final : public SplitReader {
 public:
  NexmarkReader(std::shared_ptr<const NexmarkEvents> events, const NexmarkPlan& plan,
                int64_t partition, std::vector<WantedColumn> columns, Clock* clock)
      : events_(std::move(events)),
        plan_(plan),
        partition_(partition),
        columns_(std::move(columns)),
        limit_(clock, plan.paced) {}

  void MoveTo(int64_t number) { next_ = Own(number); }

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    if (plan_.events > 0 && next_ > plan_.events) return ReadOutcome::kEndOfSplit;
    max_rows = limit_.Take(max_rows);
    if (max_rows == 0) return ReadOutcome::kNothing;
    numbers_.clear();
    kinds_.clear();
    while (numbers_.size() < max_rows && (plan_.events == 0 || next_ <= plan_.events)) {
      numbers_.push_back(next_);
      kinds_.push_back(events_->KindOf(next_));
      next_ = Own(next_ + 1);
    }
    out = Batch{};
    out.row_count = static_cast<uint32_t>(numbers_.size());
    for (const WantedColumn& column : columns_) out.columns.push_back(MakeColumnAt(column));
    return ReadOutcome::kRows;
  }

  std::string Position() const override { return fmt::format("v1 event={}", next_); }
  ReaderStatistics statistics() const override {
    return {.rows_read = plan_.Before(next_, partition_)};
  }

 private:
  // The first event at or behind `number` that belongs to this partition.
  int64_t Own(int64_t number) const {
    if (plan_.partitions == 1) return number;
    const int64_t cycle = NexmarkEvents::IdOf(number) / plan_.settings.cycle();
    const int64_t away =
        (partition_ - cycle % plan_.partitions + plan_.partitions) % plan_.partitions;
    return away == 0
               ? number
               : number + (cycle + away) * plan_.settings.cycle() - NexmarkEvents::IdOf(number);
  }

  ColumnPtr MakeColumnAt(const WantedColumn& column) {
    const Type& type = column.type;
    heaps_.assign(1, events_->memory());
    scratch_left_ = 0;
    switch (column.known) {
      case 0:
        return MakeEventTypes(type);
      case 1:
        return MakePersons(type);
      case 2:
        return MakeAuctions(type);
      default:
        return MakeBids(type);
    }
  }

  ColumnPtr MakeEventTypes(const Type& type) const {
    const MutableColumnPtr column = Column::Make(type, static_cast<uint32_t>(kinds_.size()));
    for (size_t i = 0; i < kinds_.size(); ++i)
      column->mutable_data<int32_t>()[i] = static_cast<int32_t>(kinds_[i]);
    return column;
  }

  // Room for the texts of one event.
  char*& Scratch() {
    constexpr size_t kChunkBytes = 64 << 10;
    if (scratch_left_ < NexmarkEvents::kScratchBytes) {
      heaps_.push_back(MakeBuffer<char>(kChunkBytes));
      scratch_ = heaps_.back()->as<char>();
      scratch_left_ = kChunkBytes;
    }
    chunk_at_ = scratch_;
    return scratch_;
  }
  void NoteScratch() { scratch_left_ -= static_cast<size_t>(scratch_ - chunk_at_); }

  ColumnPtr MakePersons(const Type& type) {
    RowFiller rows(type, static_cast<uint32_t>(numbers_.size()));
    for (uint32_t i = 0; i < numbers_.size(); ++i) {
      if (kinds_[i] != NexmarkKind::kPerson) continue;
      const NexmarkPerson person = events_->MakePerson(numbers_[i], Scratch());
      NoteScratch();
      rows.SetPresent(i);
      rows.Numbers(0)[i] = person.id;
      rows.Texts(1)[i] = StringRef(person.name);
      rows.Texts(2)[i] = StringRef(person.email);
      rows.Texts(3)[i] = StringRef(person.credit_card);
      rows.Texts(4)[i] = StringRef(person.city);
      rows.Texts(5)[i] = StringRef(person.state);
      rows.Numbers(6)[i] = person.millis * kMicrosPerMilli;
      rows.Texts(7)[i] = StringRef(person.extra);
    }
    return rows.Finish(heaps_);
  }

  ColumnPtr MakeAuctions(const Type& type) {
    RowFiller rows(type, static_cast<uint32_t>(numbers_.size()));
    for (uint32_t i = 0; i < numbers_.size(); ++i) {
      if (kinds_[i] != NexmarkKind::kAuction) continue;
      const NexmarkAuction auction = events_->MakeAuction(numbers_[i], Scratch());
      NoteScratch();
      rows.SetPresent(i);
      rows.Numbers(0)[i] = auction.id;
      rows.Texts(1)[i] = StringRef(auction.item);
      rows.Texts(2)[i] = StringRef(auction.description);
      rows.Numbers(3)[i] = auction.initial_bid;
      rows.Numbers(4)[i] = auction.reserve;
      rows.Numbers(5)[i] = auction.millis * kMicrosPerMilli;
      rows.Numbers(6)[i] = auction.expires * kMicrosPerMilli;
      rows.Numbers(7)[i] = auction.seller;
      rows.Numbers(8)[i] = auction.category;
      rows.Texts(9)[i] = StringRef(auction.extra);
    }
    return rows.Finish(heaps_);
  }

  ColumnPtr MakeBids(const Type& type) {
    RowFiller rows(type, static_cast<uint32_t>(numbers_.size()));
    for (uint32_t i = 0; i < numbers_.size(); ++i) {
      if (kinds_[i] != NexmarkKind::kBid) continue;
      const NexmarkBid bid = events_->MakeBid(numbers_[i]);
      rows.SetPresent(i);
      rows.Numbers(0)[i] = bid.auction;
      rows.Numbers(1)[i] = bid.bidder;
      rows.Numbers(2)[i] = bid.price;
      rows.Texts(3)[i] = StringRef(bid.channel);
      rows.Texts(4)[i] = StringRef(bid.url);
      rows.Numbers(5)[i] = bid.millis * kMicrosPerMilli;
      rows.Texts(6)[i] = StringRef(bid.extra);
    }
    return rows.Finish(heaps_);
  }

  std::shared_ptr<const NexmarkEvents> events_;
  const NexmarkPlan plan_;
  int64_t partition_;
  std::vector<WantedColumn> columns_;
  RateLimit limit_;
  int64_t next_ = 1;
  // Scratch of one call.
  std::vector<int64_t> numbers_;
  std::vector<NexmarkKind> kinds_;
  std::vector<BufferPtr> heaps_;
  char* scratch_ = nullptr;
  const char* chunk_at_ = nullptr;
  size_t scratch_left_ = 0;
};

class NexmarkSource final : public Source {
 public:
  NexmarkSource(NexmarkPlan plan, std::vector<WantedColumn> columns, Clock* clock)
      : plan_(plan),
        columns_(std::move(columns)),
        clock_(clock),
        events_(std::make_shared<NexmarkEvents>(plan.settings)) {}

  bool bounded() const override { return plan_.events > 0; }

  Result<std::vector<Split>> Discover() override {
    std::vector<Split> splits;
    for (int64_t i = 0; i < plan_.partitions; ++i) splits.push_back({std::to_string(i), "", false});
    return splits;
  }

  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    const int64_t partition = TRY(graph::ParseInteger(split.id));
    if (partition < 0 || partition >= plan_.partitions) {
      return Status::RestoreRefused(
          fmt::format("the generator has no partition {} any more", split.id));
    }
    int64_t number = 1;
    constexpr std::string_view kPrefix = "v1 event=";
    if (!split.position.empty()) {
      if (!split.position.starts_with(kPrefix)) {
        return Status::Corruption(
            fmt::format("position '{}' of a generator is not understood", split.position));
      }
      number = TRY(graph::ParseInteger(split.position.substr(kPrefix.size())));
    }
    auto reader = std::make_unique<NexmarkReader>(events_, plan_, partition, columns_, clock_);
    reader->MoveTo(number);
    return std::unique_ptr<SplitReader>(std::move(reader));
  }
  uint64_t RowCount(const Split& split) const override {
    const Result<int64_t> partition = graph::ParseInteger(split.id);
    if (!bounded() || !partition.ok()) return 0;
    return plan_.Before(plan_.events + 1, *partition);
  }

 private:
  NexmarkPlan plan_;
  std::vector<WantedColumn> columns_;
  Clock* clock_;
  std::shared_ptr<const NexmarkEvents> events_;
};

Result<std::unique_ptr<Source>> MakeNexmarkSource(const graph::ScanSpec& spec,
                                                  const ConnectorContext& context) {
  const std::vector<WantedColumn> known = TRY(MatchColumns(spec.table_schema));
  std::vector<WantedColumn> columns;
  for (const int column : spec.columns) columns.push_back(known[static_cast<size_t>(column)]);
  const NexmarkPlan plan = TRY(MakePlan(spec.options));
  return std::unique_ptr<Source>(
      std::make_unique<NexmarkSource>(plan, std::move(columns), context.clock));
}

}  // namespace

const Connector& NexmarkConnector() {
  static const Connector connector = {.descriptor = &kNexmarkDescriptor,
                                      .make_source = MakeNexmarkSource,
                                      .make_sink = nullptr,
                                      .check_source = CheckByMaking<MakeNexmarkSource>};
  return connector;
}

}  // namespace weir::connectors
