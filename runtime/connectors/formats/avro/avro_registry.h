// Records whose schemas a registry has. Before such a record a message has a byte 0 and the number
// of its schema: four bytes, the most significant one first.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "runtime/connectors/formats/avro/avro_confluent_options.h"
#include "runtime/connectors/formats/avro/avro_message.h"
#include "runtime/connectors/formats/avro/avro_schema.h"

namespace weir::connectors::avro {

// Takes the number of its schema off a message. kDataError E3005 where it has none.
Result<int32_t> TakeSchemaNumber(std::string_view& message);

// The schema that a number has in a registry. Fails as SchemaRegistry::Schema, and where the text
// there is no schema.
Result<std::shared_ptr<const AvroSchemaTree>> SchemaOfNumber(
    schema_registry::SchemaRegistry& registry, int32_t number);

// What is made of the schema of each writer, once. Used by one thread.
template <typename Plan>
class WritersPlans {
 public:
  using Make = std::function<Plan(const AvroSchema& writer)>;

  WritersPlans(std::shared_ptr<schema_registry::SchemaRegistry> registry, Make make)
      : registry_(std::move(registry)), make_(std::move(make)) {}

  // Takes the number of its schema off a message, and returns its plan, which lives until another
  // one is asked for.
  Result<const Plan*> Of(std::string_view& message) {
    const int32_t number = TRY(TakeSchemaNumber(message));
    if (last_ != nullptr && number == last_number_) [[likely]]
      return last_;
    const auto known = plans_.find(number);
    last_ = known != plans_.end() ? &known->second : TRY(Learn(number));
    last_number_ = number;
    return last_;
  }

 private:
  static constexpr size_t kMostPlans = 10'000;  // bounds the memory; after that all are made anew

  Result<const Plan*> Learn(int32_t number) {
    const std::shared_ptr<const AvroSchemaTree> writer = TRY(SchemaOfNumber(*registry_, number));
    if (plans_.size() >= kMostPlans) {
      plans_.clear();
      last_ = nullptr;
    }
    return &(plans_[number] = make_(writer->root()));
  }

  const std::shared_ptr<schema_registry::SchemaRegistry> registry_;
  const Make make_;
  std::unordered_map<int32_t, Plan> plans_;
  int32_t last_number_ = 0;
  const Plan* last_ = nullptr;
};

// What precedes the records of a table that is written by `schema`, which is registered at the
// first of them under the subject that is said, else that of `spec`. E2008 where neither has one;
// `format` is the format's name.
Result<Prefix> PrefixOf(std::string_view format, const FormatSpec& spec,
                        const ConfluentOptions& said, std::shared_ptr<const AvroSchemaTree> schema);

}  // namespace weir::connectors::avro
