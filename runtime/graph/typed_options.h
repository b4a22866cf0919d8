// How connectors and formats read a table's options.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/graph/connector_descriptor.h"

namespace weir::graph {

// Finds an option by its key; null when there is none.
const OptionDescriptor* FindOption(std::span<const OptionDescriptor> options, std::string_view key);

// Reads the options of one table as values of the kinds that the descriptor declares. The
// descriptor holds the only default, so what DESCRIBE and the docs print is what is used. Borrows
// both. Asking for an option that the descriptor lacks, or with another kind, is a bug and aborts.
// The texts were checked when the table was created (planner/catalog/option_check.h); options
// without a check fail with kInvalidArgument, as the functions of connector_descriptor.h.
class TypedOptions {
 public:
  TypedOptions(const ConnectorDescriptor& connector, const TableOptions& given)
      : known_(connector.options), given_(given) {}
  // Keys are without the format's name: "header".
  TypedOptions(const FormatDescriptor& format, const TableOptions& given)
      : known_(format.options), given_(given), prefix_(std::string(format.name) + ".") {}
  // Options that no connector has of its own (lookup_options.h).
  TypedOptions(std::span<const OptionDescriptor> known, const TableOptions& given)
      : known_(known), given_(given) {}

  // Whether the descriptor has the option at all.
  bool Knows(std::string_view key) const { return FindOption(known_, key) != nullptr; }
  // Whether the table sets the option.
  bool IsGiven(std::string_view key) const;
  // Whether the table sets it or the descriptor has a default.
  bool Has(std::string_view key) const { return !Value(Find(key)).empty(); }
  // A kString; "" where there is no default either.
  std::string_view Text(std::string_view key) const;
  // A kBoolean, in every spelling that CREATE TABLE accepts (any case, blanks around it).
  bool Flag(std::string_view key) const;
  // Whether a kEnum is `word`, one of the words it allows, in any case.
  bool Is(std::string_view key, std::string_view word) const;
  Result<int64_t> Integer(std::string_view key) const;  // kInteger
  Result<int64_t> Millis(std::string_view key) const;   // kDuration, cut to milliseconds
  Result<int64_t> Bytes(std::string_view key) const;    // kMemorySize

 private:
  const OptionDescriptor& Find(std::string_view key) const;
  const OptionDescriptor& Find(std::string_view key, OptionKind kind) const;
  std::string_view Value(const OptionDescriptor& option) const;

  std::span<const OptionDescriptor> known_;
  const TableOptions& given_;
  std::string prefix_;
};

}  // namespace weir::graph
