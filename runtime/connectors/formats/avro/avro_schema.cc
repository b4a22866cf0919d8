#include "runtime/connectors/formats/avro/avro_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "runtime/base/quoting.h"

namespace weir::connectors::avro {
namespace {

using expr::JsonKind;
using expr::JsonNode;

// Limits on what a schema from outside may cost: its parts, and the bytes of a value.
constexpr size_t kMostSchemas = 20'000;
constexpr uint32_t kLargestFixed = 1U << 20;

struct PrimitiveName {
  std::string_view name;
  AvroKind kind;
};
constexpr std::array kPrimitives = {
    PrimitiveName{"null", AvroKind::kNull},   PrimitiveName{"boolean", AvroKind::kBoolean},
    PrimitiveName{"int", AvroKind::kInt},     PrimitiveName{"long", AvroKind::kLong},
    PrimitiveName{"float", AvroKind::kFloat}, PrimitiveName{"double", AvroKind::kDouble},
    PrimitiveName{"bytes", AvroKind::kBytes}, PrimitiveName{"string", AvroKind::kString},
};

struct MeaningName {
  std::string_view name;
  AvroKind of;
  AvroMeaning meaning;
};
constexpr std::array kMeanings = {
    MeaningName{"date", AvroKind::kInt, AvroMeaning::kDate},
    MeaningName{"time-millis", AvroKind::kInt, AvroMeaning::kTimeMillis},
    MeaningName{"time-micros", AvroKind::kLong, AvroMeaning::kTimeMicros},
    MeaningName{"timestamp-millis", AvroKind::kLong, AvroMeaning::kTimestampMillis},
    MeaningName{"timestamp-micros", AvroKind::kLong, AvroMeaning::kTimestampMicros},
    MeaningName{"local-timestamp-millis", AvroKind::kLong, AvroMeaning::kLocalTimestampMillis},
    MeaningName{"local-timestamp-micros", AvroKind::kLong, AvroMeaning::kLocalTimestampMicros},
};

Status WrongSchema(std::string message) {
  return Status::DataError(std::move(message)).WithId("E3005");
}

std::string_view TextOf(const JsonNode& object, std::string_view key) {
  const JsonNode* const member = object.Member(key);
  return member == nullptr || member->kind != JsonKind::kString ? std::string_view() : member->text;
}

template <typename T>
bool ReadNumber(const JsonNode* node, T& number) {
  if (node == nullptr || node->kind != JsonKind::kInteger) return false;
  const char* const end = node->text.data() + node->text.size();
  const auto [rest, error] = std::from_chars(node->text.data(), end, number);
  return error == std::errc() && rest == end;
}

std::vector<std::string> TextsOf(const JsonNode* list) {
  std::vector<std::string> texts;
  if (list == nullptr || list->kind != JsonKind::kArray) return texts;
  for (const JsonNode* each = list->first; each != nullptr; each = each->next)
    if (each->kind == JsonKind::kString) texts.emplace_back(each->text);
  return texts;
}

std::string FullName(std::string_view name, std::string_view space) {
  if (space.empty() || name.find('.') != std::string_view::npos) return std::string(name);
  return fmt::format("{}.{}", space, name);
}

std::string_view SpaceOf(std::string_view full_name) {
  const size_t dot = full_name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : full_name.substr(0, dot);
}

}  // namespace

class SchemaParser {
 public:
  explicit SchemaParser(AvroSchemaTree& tree) : tree_(tree) {}

  // Reads a schema. `space` is the namespace of names that are written without one.
  Result<const AvroSchema*> Read(const JsonNode& node, std::string_view space, int depth) {
    if (depth > kDeepest) return WrongSchema(fmt::format("the schema is deeper than {}", kDeepest));
    if (tree_.schemas_.size() > kMostSchemas)
      return WrongSchema(fmt::format("the schema has more than {} parts", kMostSchemas));
    switch (node.kind) {
      case JsonKind::kString:
        return Named(node.text, space);
      case JsonKind::kArray:
        return Union(node, space, depth);
      case JsonKind::kObject:
        return Object(node, space, depth);
      default:
        return WrongSchema("a schema is a name, an object or an array");
    }
  }

 private:
  AvroSchema& New(AvroKind kind) {
    tree_.schemas_.push_back(std::make_unique<AvroSchema>());
    tree_.schemas_.back()->kind = kind;
    tree_.schemas_.back()->takes_bytes = kind != AvroKind::kNull;
    return *tree_.schemas_.back();
  }

  Result<const AvroSchema*> Named(std::string_view name, std::string_view space) {
    for (const PrimitiveName& primitive : kPrimitives) {
      if (primitive.name == name) return &std::as_const(New(primitive.kind));
    }
    const auto found = named_.find(FullName(name, space));
    if (found != named_.end()) return found->second;
    return WrongSchema(fmt::format("the schema has no type \"{}\"", Quotable(name)));
  }

  Result<const AvroSchema*> Union(const JsonNode& node, std::string_view space, int depth) {
    AvroSchema& schema = New(AvroKind::kUnion);
    std::unordered_set<std::string> seen;
    for (const JsonNode* each = node.first; each != nullptr; each = each->next) {
      const AvroSchema* const branch = TRY(Read(*each, space, depth + 1));
      if (branch->kind == AvroKind::kUnion) return WrongSchema("a union is in a union");
      // Several records, enums or fixeds may be in a union if their names differ; of any other type
      // only one.
      if (!seen.insert(branch->name.empty() ? branch->ToString() : branch->name).second)
        return WrongSchema(
            fmt::format("a union has two branches {}", Quotable(branch->ToString())));
      schema.parts.push_back(branch);
    }
    return &std::as_const(schema);
  }

  Result<const AvroSchema*> Object(const JsonNode& node, std::string_view space, int depth) {
    const JsonNode* const type = node.Member("type");
    if (type == nullptr) return WrongSchema("a schema has no \"type\"");
    if (type->kind != JsonKind::kString) return Read(*type, space, depth + 1);
    const std::string_view name = type->text;
    if (name == "record" || name == "error") return Record(node, space, depth);
    if (name == "enum") return Enum(node, space);
    if (name == "fixed") return Fixed(node, space);
    if (name == "array") return Container(AvroKind::kArray, node, "items", {space, depth});
    if (name == "map") return Container(AvroKind::kMap, node, "values", {space, depth});
    for (const PrimitiveName& primitive : kPrimitives) {
      if (primitive.name != name) continue;
      AvroSchema& schema = New(primitive.kind);
      ReadMeaning(node, schema);
      return &std::as_const(schema);
    }
    return Named(name, space);
  }

  struct Place {
    std::string_view space;
    int depth;
  };

  Result<const AvroSchema*> Container(AvroKind kind, const JsonNode& node, std::string_view of,
                                      Place place) {
    const JsonNode* const part = node.Member(of);
    if (part == nullptr) return WrongSchema(fmt::format("an array or map has no \"{}\"", of));
    AvroSchema& schema = New(kind);
    schema.parts.push_back(TRY(Read(*part, place.space, place.depth + 1)));
    return &std::as_const(schema);
  }

  // A schema with a name, which must be a new one.
  Result<AvroSchema*> NewNamed(AvroKind kind, const JsonNode& node, std::string_view space) {
    const std::string_view name = TextOf(node, "name");
    if (name.empty()) return WrongSchema("a record, enum or fixed has no \"name\"");
    const JsonNode* const own = node.Member("namespace");
    AvroSchema& schema = New(kind);
    schema.name = FullName(name, own == nullptr ? space : TextOf(node, "namespace"));
    for (const std::string& alias : TextsOf(node.Member("aliases")))
      schema.aliases.push_back(FullName(alias, SpaceOf(schema.name)));
    if (!named_.emplace(schema.name, &schema).second)
      return WrongSchema(fmt::format("the schema declares \"{}\" twice", Quotable(schema.name)));
    return &schema;
  }

  Result<const AvroSchema*> Record(const JsonNode& node, std::string_view space, int depth) {
    AvroSchema& schema = *TRY(NewNamed(AvroKind::kRecord, node, space));
    const JsonNode* const fields = node.Member("fields");
    if (fields == nullptr || fields->kind != JsonKind::kArray)
      return WrongSchema(fmt::format("record {} has no \"fields\"", Quotable(schema.name)));
    std::unordered_set<std::string> seen;
    for (const JsonNode* each = fields->first; each != nullptr; each = each->next) {
      AvroField field;
      field.name = TextOf(*each, "name");
      const JsonNode* const type = each->Member("type");
      if (field.name.empty() || type == nullptr)
        return WrongSchema(
            fmt::format("a field of record {} has no name or no type", Quotable(schema.name)));
      if (!seen.insert(field.name).second)
        return WrongSchema(fmt::format("record {} has two fields \"{}\"", Quotable(schema.name),
                                       Quotable(field.name)));
      field.schema = TRY(Read(*type, SpaceOf(schema.name), depth + 1));
      field.aliases = TextsOf(each->Member("aliases"));
      field.default_value = each->Member("default");
      schema.fields.push_back(std::move(field));
    }
    schema.takes_bytes = std::ranges::any_of(
        schema.fields, [](const AvroField& field) { return field.schema->takes_bytes; });
    return &std::as_const(schema);
  }

  Result<const AvroSchema*> Enum(const JsonNode& node, std::string_view space) {
    AvroSchema& schema = *TRY(NewNamed(AvroKind::kEnum, node, space));
    schema.symbols = TextsOf(node.Member("symbols"));
    const auto chosen = std::ranges::find(schema.symbols, TextOf(node, "default"));
    if (chosen != schema.symbols.end())
      schema.default_symbol = static_cast<int>(chosen - schema.symbols.begin());
    return &std::as_const(schema);
  }

  Result<const AvroSchema*> Fixed(const JsonNode& node, std::string_view space) {
    AvroSchema& schema = *TRY(NewNamed(AvroKind::kFixed, node, space));
    if (!ReadNumber(node.Member("size"), schema.size) || schema.size > kLargestFixed)
      return WrongSchema(
          fmt::format("fixed {} has no \"size\" up to {}", Quotable(schema.name), kLargestFixed));
    schema.takes_bytes = schema.size > 0;
    ReadMeaning(node, schema);
    return &std::as_const(schema);
  }

  static void ReadMeaning(const JsonNode& node, AvroSchema& schema) {
    const std::string_view name = TextOf(node, "logicalType");
    if (name.empty()) return;
    for (const MeaningName& known : kMeanings) {
      if (known.name == name && known.of == schema.kind) schema.meaning = known.meaning;
    }
    const bool bytes = schema.kind == AvroKind::kBytes || schema.kind == AvroKind::kFixed;
    if (name != "decimal" || !bytes) return;
    // A wrong precision or scale makes it bytes, as the specification has it.
    int scale = 0;
    int precision = 0;
    if (!ReadNumber(node.Member("precision"), precision) || precision <= 0) return;
    if (node.Member("scale") != nullptr && !ReadNumber(node.Member("scale"), scale)) return;
    if (scale < 0 || scale > precision) return;
    schema.meaning = AvroMeaning::kDecimal;
    schema.precision = precision;
    schema.scale = scale;
  }

  AvroSchemaTree& tree_;
  std::unordered_map<std::string, const AvroSchema*> named_;
};

Result<std::shared_ptr<const AvroSchemaTree>> AvroSchemaTree::Parse(std::string_view text) {
  auto tree = std::make_shared<AvroSchemaTree>();
  tree->text_ = text;
  const JsonNode* const json = tree->document_.Parse(tree->text_);
  if (json == nullptr || !tree->document_.whole()) return WrongSchema("the schema is no JSON");
  tree->root_ = TRY(SchemaParser(*tree).Read(*json, "", 0));
  return std::shared_ptr<const AvroSchemaTree>(std::move(tree));
}

std::string_view AvroSchema::short_name() const {
  return std::string_view(name).substr(name.rfind('.') + 1);  // npos + 1 is 0
}

std::string AvroSchema::ToString() const {
  switch (kind) {
    case AvroKind::kFixed:
      return "fixed " + name;
    case AvroKind::kEnum:
      return "enum " + name;
    case AvroKind::kRecord:
      return "record " + name;
    case AvroKind::kArray:
      return fmt::format("array of {}", parts[0]->ToString());
    case AvroKind::kMap:
      return fmt::format("map of {}", parts[0]->ToString());
    case AvroKind::kUnion: {
      std::string text = "union of";
      constexpr size_t kShown = 8;
      for (size_t i = 0; i < std::min(parts.size(), kShown); ++i)
        text += fmt::format("{} {}", i == 0 ? "" : ",", parts[i]->ToString());
      return parts.size() > kShown ? text + ", …" : text;
    }
    default:
      break;
  }
  return std::string(kPrimitives[static_cast<size_t>(kind)].name);
}

bool HasNull(const AvroSchema& schema) {
  if (schema.kind == AvroKind::kNull) return true;
  return schema.kind == AvroKind::kUnion &&
         std::ranges::any_of(schema.parts, [](const AvroSchema* part) { return HasNull(*part); });
}

int NullBranchOf(const AvroSchema& schema) {
  for (size_t i = 0; i < schema.parts.size(); ++i) {
    if (schema.kind == AvroKind::kUnion && schema.parts[i]->kind == AvroKind::kNull)
      return static_cast<int>(i);
  }
  return -1;
}

const AvroSchema* WithoutNull(const AvroSchema& schema) {
  if (schema.kind != AvroKind::kUnion) return &schema;
  const AvroSchema* found = nullptr;
  for (const AvroSchema* part : schema.parts) {
    if (part->kind == AvroKind::kNull) continue;
    if (found != nullptr) return nullptr;
    found = part;
  }
  return found;
}

}  // namespace weir::connectors::avro
