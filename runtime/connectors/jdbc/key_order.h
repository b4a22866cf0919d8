// Conditions on keys in the order in which the server sorts them.
//
// In PostgreSQL an operator that is written without its schema is found by the search path, and
// where a type's own is not on it, as that of citext in an extension's schema, the one of another
// type is taken that the value can be read as. ORDER BY asks the type itself. So conditions do as
// well.
#pragma once

#include <span>
#include <string>

namespace weir::connectors::jdbc {

// The operators of a type's default order, as SQL has them: "=", "OPERATOR(pg_catalog.=)".
struct KeyOperators {
  std::string equal = "=";
  std::string greater = ">";
  std::string at_least = ">=";
  friend bool operator==(const KeyOperators&, const KeyOperators&) = default;
};

// An expression for a column of a key, and a value that it is compared with.
struct KeyTerm {
  std::string expression;
  KeyOperators operators;
  std::string value;  // as SQL has it
};

// Whether the key, which has no NULL, is that of the values.
std::string EqualKey(std::span<const KeyTerm> key);
// Whether it comes behind them. `as_row`: rows are compared as a whole where the operators are the
// same; else column by column, which an index of MySQL answers as well.
std::string BehindKey(std::span<const KeyTerm> key, bool as_row = true);

}  // namespace weir::connectors::jdbc
