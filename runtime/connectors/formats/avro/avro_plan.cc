#include "runtime/connectors/formats/avro/avro_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "runtime/base/quoting.h"

namespace weir::connectors::avro {
namespace {

// The most steps of a plan. Each branch of a union has a plan of its own, so that records with
// unions of records with unions would otherwise multiply.
constexpr size_t kMostNodes = 20'000;

// For a number that counts 10^-digits of a second and keeps `precision` digits behind the point:
// the power of ten of which it must be a multiple.
int64_t UnitOf(int digits, int precision) {
  int64_t unit = 1;
  for (int i = precision; i < digits; ++i) unit *= 10;
  return unit;
}

bool IsAmong(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

bool HasName(const AvroSchema& reader, const std::string& name) {
  return reader.name == name || IsAmong(reader.aliases, name);
}

// Whether a named schema of the reader may read one of the writer's outside of unions, where the
// namespace does not matter.
bool IsAlike(const AvroSchema& writer, const AvroSchema& reader) {
  return writer.short_name() == reader.short_name() || IsAmong(reader.aliases, writer.name);
}

// Whether a value of one primitive is read as another: "promoted".
bool IsPromoted(const AvroSchema& writer, const AvroSchema& reader) {
  const AvroKind to = reader.kind;
  switch (writer.kind) {
    case AvroKind::kInt:
      return to == AvroKind::kLong || to == AvroKind::kFloat || to == AvroKind::kDouble;
    case AvroKind::kLong:
      // A time of day has one type in SQL and two here: not in the specification, but no other
      // meaning is possible, as for the next ones.
      return to == AvroKind::kFloat || to == AvroKind::kDouble ||
             (writer.meaning == AvroMeaning::kTimeMicros &&
              reader.meaning == AvroMeaning::kTimeMillis);
    case AvroKind::kFloat:
      return to == AvroKind::kDouble;
    // An enum and a fixed are not in the specification, and harmless: a schema that is made of
    // columns has neither, so that otherwise nobody could read them.
    case AvroKind::kBytes:
    case AvroKind::kEnum:
      return to == AvroKind::kString;
    case AvroKind::kString:
    case AvroKind::kFixed:
      return to == AvroKind::kBytes;
    default:
      return false;
  }
}

bool IsNamed(AvroKind kind) {
  return kind == AvroKind::kRecord || kind == AvroKind::kEnum || kind == AvroKind::kFixed;
}

// The field of a writer's record that a field of the reader's is; kNoField. A field has its aliases
// in a record of the reader's name only.
int FieldOfWriter(const AvroSchema& writer, const AvroSchema& reader, const AvroField& field) {
  const bool same = HasName(reader, writer.name);
  int by_alias = kNoField;
  for (size_t i = 0; i < writer.fields.size(); ++i) {
    if (writer.fields[i].name == field.name) return static_cast<int>(i);
    if (same && IsAmong(field.aliases, writer.fields[i].name)) by_alias = static_cast<int>(i);
  }
  return by_alias;
}

const AvroSchema* BranchFor(const AvroSchema& writer, const AvroSchema& reader, int depth);

// Whether a value can be read at all; for records, without a look into their fields' fields.
bool Fits(const AvroSchema& writer, const AvroSchema& reader, int depth) {
  if (depth > kDeepest || writer.kind == AvroKind::kUnion) return true;
  if (reader.kind == AvroKind::kUnion) return BranchFor(writer, reader, depth + 1) != nullptr;
  if (writer.kind != reader.kind) return IsPromoted(writer, reader);
  switch (reader.kind) {
    case AvroKind::kFixed:
      return IsAlike(writer, reader) && writer.size == reader.size;
    case AvroKind::kEnum:
      return IsAlike(writer, reader);
    case AvroKind::kRecord:
      return std::ranges::all_of(reader.fields, [&](const AvroField& field) {
        const int found = FieldOfWriter(writer, reader, field);
        if (found == kNoField) return field.default_value != nullptr;
        return Fits(*writer.fields[static_cast<size_t>(found)].schema, *field.schema, depth + 1);
      });
    default:
      return true;
  }
}

// The branch of a reader's union that a value of `writer` belongs to, as Avro for Java chooses it:
// the same type and name; a record of another name that fits; a promotion.
const AvroSchema* BranchFor(const AvroSchema& writer, const AvroSchema& reader, int depth) {
  const AvroSchema* similar = nullptr;
  for (const AvroSchema* branch : reader.parts) {
    if (branch->kind != writer.kind) continue;
    if (!IsNamed(writer.kind) || HasName(*branch, writer.name)) return branch;
    if (writer.kind != AvroKind::kRecord || !Fits(writer, *branch, depth)) continue;
    if (similar == nullptr || branch->short_name() == writer.short_name()) similar = branch;
  }
  if (similar != nullptr) return similar;
  for (const AvroSchema* branch : reader.parts) {
    if (IsPromoted(writer, *branch)) return branch;
  }
  return nullptr;
}

class PlanMaker {
 public:
  AvroPlan Make(const AvroSchema& writer, const AvroSchema& reader, const Schema& columns,
                std::span<const int> wanted) {
    if (writer.kind == AvroKind::kUnion) {
      // A record that may be null, but is not: its bytes begin with the branch.
      for (const AvroSchema* part : writer.parts) Add(*part, reader, columns, wanted);
      plan_.in_union = true;
    } else {
      Add(writer, reader, columns, wanted);
    }
    MakeSkips();
    return std::move(plan_);
  }

  AvroPlan MakeChange(const AvroSchema& writer, const AvroSchema& reader) {
    plan_.in_union = writer.kind == AvroKind::kUnion;
    if (plan_.in_union) {
      for (const AvroSchema* part : writer.parts) AddChange(*part, reader);
    } else {
      AddChange(writer, reader);
    }
    MakeSkips();
    return std::move(plan_);
  }

 private:
  AvroNode& At(uint32_t node) { return plan_.nodes[node]; }

  uint32_t New(AvroStep step) {
    plan_.nodes.push_back({.step = step});
    return static_cast<uint32_t>(plan_.nodes.size() - 1);
  }

  uint32_t Fail(std::string why) {
    const uint32_t node = New(AvroStep::kFail);
    At(node).texts.push_back(std::move(why));
    return node;
  }

  uint32_t Mismatch(const AvroSchema& writer, const AvroSchema& reader) {
    return Fail(fmt::format("it was written as {}, and is read as {}", Quotable(writer.ToString()),
                            Quotable(reader.ToString())));
  }

  void Add(const AvroSchema& writer, const AvroSchema& reader, const Schema& columns,
           std::span<const int> wanted) {
    AvroRoot root;
    if (writer.kind == AvroKind::kRecord) {
      std::vector<TypeField> fields;
      for (const Field& field : columns.fields) fields.push_back({field.name, field.type});
      std::vector<int> places(columns.size(), kNoField);
      for (size_t i = 0; i < wanted.size(); ++i)
        places[static_cast<size_t>(wanted[i])] = static_cast<int>(i);
      root.node = Record({writer, reader, fields}, places, &root.names);
    } else {
      root.node = Mismatch(writer, reader);
    }
    plan_.roots.push_back(std::move(root));
  }

  void AddChange(const AvroSchema& writer, const AvroSchema& reader) {
    AvroRoot root;
    if (writer.kind != AvroKind::kRecord) {
      root.node = Mismatch(writer, reader);
    } else {
      AvroNode made{.step = AvroStep::kRecord};
      std::vector<size_t> defaults;  // what is not there is none of a change
      const std::vector<int> places = {kBeforeField, kAfterField, kOpField};
      made.targets = ReadersOf({writer, reader, {}}, places, defaults);
      for (size_t i = 0; i < writer.fields.size(); ++i) {
        const AvroSchema& field = *writer.fields[i].schema;
        made.parts.push_back(made.targets[i] == kOpField
                                 ? Read(field, *reader.fields[kOpField].schema, Type::String())
                                 : Skip(field));
        root.names.push_back(Quotable(writer.fields[i].name));
      }
      plan_.nodes.push_back(std::move(made));
      root.node = static_cast<uint32_t>(plan_.nodes.size() - 1);
    }
    plan_.roots.push_back(std::move(root));
  }

  struct Records {
    const AvroSchema& writer;
    const AvroSchema& reader;
    const std::vector<TypeField>& fields;  // of the column
  };

  // The reader's field that each field of the writer is, or kNoField; adds to `defaults` those that
  // have a place and are none of the writer's. Where aliases lead two to one, it is the one with
  // its name, or the first: a column gets one value a row.
  static std::vector<int> ReadersOf(const Records& of, const std::vector<int>& places,
                                    std::vector<size_t>& defaults) {
    const std::vector<AvroField>& read = of.reader.fields;
    std::vector<int> reader_of(of.writer.fields.size(), kNoField);
    const auto missing = [&](size_t field) {
      if (places[field] != kNoField) defaults.push_back(field);
    };
    for (size_t i = 0; i < read.size(); ++i) {
      const int found = FieldOfWriter(of.writer, of.reader, read[i]);
      if (found == kNoField) {
        missing(i);
        continue;
      }
      int& reader = reader_of[static_cast<size_t>(found)];
      if (reader == kNoField) {
        reader = static_cast<int>(i);
      } else if (of.writer.fields[static_cast<size_t>(found)].name != read[i].name) {
        missing(i);
      } else {
        missing(static_cast<size_t>(std::exchange(reader, static_cast<int>(i))));
      }
    }
    return reader_of;
  }

  // The parts are in the writer's order, and behind them what only the reader has.
  // Adds the names of the parts where they are asked for.
  uint32_t Record(const Records& of, const std::vector<int>& places,
                  std::vector<std::string>* names) {
    const std::vector<AvroField>& written = of.writer.fields;
    const std::vector<AvroField>& read = of.reader.fields;
    AvroNode made{.step = AvroStep::kRecord};
    std::vector<size_t> defaults;
    const std::vector<int> reader_of = ReadersOf(of, places, defaults);
    for (size_t w = 0; w < written.size(); ++w) {
      const auto r = static_cast<size_t>(reader_of[w]);
      const bool skipped = reader_of[w] == kNoField || places[r] == kNoField;
      made.targets.push_back(skipped ? kNoField : places[r]);
      made.parts.push_back(skipped ? Skip(*written[w].schema)
                                   : Read(*written[w].schema, *read[r].schema, of.fields[r].type));
      if (names != nullptr) names->push_back(Quotable(skipped ? written[w].name : read[r].name));
    }
    for (const size_t i : defaults) {
      made.targets.push_back(places[i]);
      made.parts.push_back(Default(of.writer, read[i], of.fields[i].type));
      if (names != nullptr) names->push_back(read[i].name);
    }
    plan_.nodes.push_back(std::move(made));
    return static_cast<uint32_t>(plan_.nodes.size() - 1);
  }

  uint32_t Default(const AvroSchema& writer, const AvroField& field, const Type& type) {
    if (field.default_value == nullptr) {
      return Fail(
          fmt::format("{} as it was written has no field \"{}\", and the schema that it is "
                      "read with no default for it",
                      Quotable(writer.ToString()), Quotable(field.name)));
    }
    Result<std::string> bytes = BytesOfDefault(field);
    if (!bytes.ok()) return Fail(bytes.status().message());
    const uint32_t value = Read(*field.schema, *field.schema, type);
    const uint32_t node = New(AvroStep::kConstant);
    At(node).parts = {value};
    At(node).size = static_cast<uint32_t>(bytes->size());
    bytes->append(kConstantPadding, '\0');
    At(node).texts.push_back(std::move(*bytes));
    return node;
  }

  uint32_t Read(const AvroSchema& writer, const AvroSchema& reader, const Type& type) {
    if (plan_.nodes.size() > kMostNodes) return Fail("its schemas are too large");
    if (writer.kind == AvroKind::kUnion) {
      std::vector<uint32_t> parts;
      for (const AvroSchema* part : writer.parts) parts.push_back(Read(*part, reader, type));
      const uint32_t node = New(AvroStep::kUnion);
      At(node).parts = std::move(parts);
      return node;
    }
    if (reader.kind == AvroKind::kUnion) {
      const AvroSchema* const branch = BranchFor(writer, reader, 0);
      return branch == nullptr ? Mismatch(writer, reader) : Read(writer, *branch, type);
    }
    if (writer.kind != reader.kind && !IsPromoted(writer, reader)) return Mismatch(writer, reader);
    switch (reader.kind) {
      case AvroKind::kNull:
        return type.nullable() ? New(AvroStep::kNull)
                               : Fail("it is null, and the column is NOT NULL");
      case AvroKind::kBoolean:
        return New(AvroStep::kBoolean);
      case AvroKind::kInt:
      case AvroKind::kLong:
        return Integer(writer, reader, type);
      case AvroKind::kFloat:
        return New(writer.kind == AvroKind::kFloat ? AvroStep::kFloat : AvroStep::kLongToFloat);
      case AvroKind::kDouble:
        return New(writer.kind == AvroKind::kDouble  ? AvroStep::kDouble
                   : writer.kind == AvroKind::kFloat ? AvroStep::kFloatToDouble
                                                     : AvroStep::kLongToDouble);
      case AvroKind::kString:
        return writer.kind == AvroKind::kEnum ? Symbols(writer, nullptr) : New(AvroStep::kText);
      case AvroKind::kBytes:
      case AvroKind::kFixed:
        return Bytes(writer, reader, type);
      case AvroKind::kEnum:
        return IsAlike(writer, reader) ? Symbols(writer, &reader) : Mismatch(writer, reader);
      case AvroKind::kArray:
        return Items(writer, reader, type);
      case AvroKind::kMap:
        return Entries(writer, reader, type);
      case AvroKind::kRecord:
        return NestedRecord(writer, reader, type);
      case AvroKind::kUnion:
        break;
    }
    WEIR_UNREACHABLE();
  }

  // A number that is a time is counted in the unit that the writer says; where it says none, in the
  // reader's.
  uint32_t Integer(const AvroSchema& writer, const AvroSchema& reader, const Type& type) {
    const AvroMeaning unit =
        writer.meaning == AvroMeaning::kNone || writer.meaning == AvroMeaning::kDate
            ? reader.meaning
            : writer.meaning;
    const bool micros = unit == AvroMeaning::kTimeMicros || unit == AvroMeaning::kTimestampMicros ||
                        unit == AvroMeaning::kLocalTimestampMicros;
    switch (type.kind()) {
      case TypeKind::kTinyInt:
        return New(AvroStep::kTinyInt);
      case TypeKind::kSmallInt:
        return New(AvroStep::kSmallInt);
      case TypeKind::kBigInt:
        return New(AvroStep::kBigInt);
      case TypeKind::kTime: {
        const uint32_t node = New(AvroStep::kTimeOfDay);
        At(node).factor = micros ? 1'000 : 1'000'000;
        At(node).unit = UnitOf(9, type.precision());
        return node;
      }
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampLtz: {
        const uint32_t node = New(AvroStep::kScaled);
        At(node).factor = micros ? 1 : 1'000;
        At(node).unit = UnitOf(6, type.precision());
        return node;
      }
      default:
        return New(AvroStep::kInt);  // INT, DATE
    }
  }

  uint32_t Bytes(const AvroSchema& writer, const AvroSchema& reader, const Type& type) {
    const bool fixed = writer.kind == AvroKind::kFixed;
    if (reader.kind == AvroKind::kFixed && (!IsAlike(writer, reader) || writer.size != reader.size))
      return Mismatch(writer, reader);
    if (type.kind() != TypeKind::kDecimal) {
      const uint32_t node = New(fixed ? AvroStep::kFixed : AvroStep::kBytes);
      At(node).size = writer.size;
      return node;
    }
    if (writer.meaning == AvroMeaning::kDecimal && writer.scale != reader.scale) {
      return Fail(fmt::format("it was written with {} digits behind the point, and {} has {}",
                              writer.scale, type.ToString(), reader.scale));
    }
    const uint32_t node = New(fixed ? AvroStep::kFixedDecimal : AvroStep::kDecimal);
    At(node).size = writer.size;
    return node;
  }

  // `reader` is null where the column is a text, and any symbol good.
  uint32_t Symbols(const AvroSchema& writer, const AvroSchema* reader) {
    const uint32_t node = New(AvroStep::kSymbol);
    for (const std::string& symbol : writer.symbols) {
      const bool known = reader == nullptr || IsAmong(reader->symbols, symbol);
      const bool defaults = !known && reader->default_symbol >= 0;
      At(node).texts.push_back(known ? symbol
                               : defaults
                                   ? reader->symbols[static_cast<size_t>(reader->default_symbol)]
                                   : "");
    }
    return node;
  }

  uint32_t Items(const AvroSchema& writer, const AvroSchema& reader, const Type& type) {
    const uint32_t item = Read(*writer.parts[0], *reader.parts[0], type.fields()[0].type);
    const uint32_t node = New(AvroStep::kArray);
    At(node).parts = {item};
    At(node).takes_bytes = writer.parts[0]->takes_bytes;
    return node;
  }

  // A MULTISET is a map from its elements to their counts.
  uint32_t Entries(const AvroSchema& writer, const AvroSchema& reader, const Type& type) {
    const bool counts = type.kind() == TypeKind::kMultiset;
    const Type value = counts ? Type::Int().WithNullable(false) : type.fields()[1].type;
    const uint32_t read = Read(*writer.parts[0], *reader.parts[0], value);
    const uint32_t skip = Skip(*writer.parts[0]);
    const uint32_t node = New(AvroStep::kMap);
    At(node).parts = {read, skip};
    return node;
  }

  uint32_t NestedRecord(const AvroSchema& writer, const AvroSchema& reader, const Type& type) {
    std::vector<int> places;
    for (size_t i = 0; i < reader.fields.size(); ++i) places.push_back(static_cast<int>(i));
    return Record({writer, reader, type.fields()}, places, nullptr);
  }

  // The step that skips a value of the schema: the same one wherever it occurs, also within itself.
  // Returns its number only; MakeSkips fills it in later, without recursion, since a chain of
  // schemas that refer to each other may be as long as there are schemas.
  uint32_t Skip(const AvroSchema& schema) {
    const auto [place, fresh] = skips_.try_emplace(&schema, 0);
    if (!fresh) return place->second;
    place->second = New(AvroStep::kSkipFixed);
    to_skip_.push_back(&schema);
    return place->second;
  }

  void MakeSkips() {
    while (!to_skip_.empty()) {
      const AvroSchema& schema = *to_skip_.back();
      to_skip_.pop_back();
      AvroNode made = MakeSkip(schema);
      At(skips_.at(&schema)) = std::move(made);
    }
  }

  AvroNode MakeSkip(const AvroSchema& schema) {
    switch (schema.kind) {
      case AvroKind::kNull:
        return {.step = AvroStep::kSkipFixed, .size = 0};
      case AvroKind::kBoolean:
        return {.step = AvroStep::kSkipFixed, .size = 1};
      case AvroKind::kFloat:
        return {.step = AvroStep::kSkipFixed, .size = 4};
      case AvroKind::kDouble:
        return {.step = AvroStep::kSkipFixed, .size = 8};
      case AvroKind::kFixed:
        return {.step = AvroStep::kSkipFixed, .size = schema.size};
      case AvroKind::kInt:
      case AvroKind::kLong:
      case AvroKind::kEnum:
        return {.step = AvroStep::kSkipLong};
      case AvroKind::kBytes:
      case AvroKind::kString:
        return {.step = AvroStep::kSkipBytes};
      case AvroKind::kArray:
      case AvroKind::kMap: {
        const bool map = schema.kind == AvroKind::kMap;
        AvroNode node{.step = map ? AvroStep::kSkipEntries : AvroStep::kSkipItems};
        node.takes_bytes = map || schema.parts[0]->takes_bytes;
        node.parts = {Skip(*schema.parts[0])};
        return node;
      }
      case AvroKind::kRecord: {
        AvroNode node{.step = AvroStep::kSkipRecord};
        for (const AvroField& field : schema.fields) node.parts.push_back(Skip(*field.schema));
        return node;
      }
      case AvroKind::kUnion: {
        AvroNode node{.step = AvroStep::kSkipUnion};
        for (const AvroSchema* part : schema.parts) node.parts.push_back(Skip(*part));
        return node;
      }
    }
    WEIR_UNREACHABLE();
  }

  AvroPlan plan_;
  std::unordered_map<const AvroSchema*, uint32_t> skips_;
  std::vector<const AvroSchema*> to_skip_;  // whose steps are not made yet
};

}  // namespace

AvroPlan MakeAvroPlan(const AvroSchema& writer, const AvroSchema& reader, const Schema& columns,
                      std::span<const int> wanted) {
  return PlanMaker().Make(writer, reader, columns, wanted);
}

AvroPlan MakeChangePlan(const AvroSchema& writer, const AvroSchema& reader) {
  return PlanMaker().MakeChange(writer, reader);
}

}  // namespace weir::connectors::avro
