// Converts syntax trees back to SQL.
#pragma once

#include <string>
#include <string_view>

#include "planner/ast/definition.h"

namespace weir::ast {

// Only declared, so that most users of this file are not rebuilt for a new statement.
struct Statement;

// SQL on one line that parses to an equal tree (==, which ignores spans): keywords in upper case,
// names and literals as they were written, and only the parentheses that are needed. Without a
// semicolon. Never fails.
std::string ToSql(const Statement& statement);
// The same with back-ticks around names that are words of another dialect.
using ReservedWords = bool (*)(std::string_view word);
std::string ToSql(const Statement& statement, ReservedWords is_reserved);
std::string ToSql(const Query& query);
std::string ToSql(const Expr& expr);
std::string ToSql(const TableRef& table);
std::string ToSql(const Pattern& pattern);
std::string ToSql(const StateOf& state);
std::string ToSql(const DataType& type);
std::string ToSql(const WindowSpec& window);
std::string ToSql(const TableElement& element);
std::string_view ToSql(LikePart part);

// In back-ticks if it was quoted or must be.
std::string ToSql(const Identifier& identifier);
// Parts separated by dots.
std::string ToSql(const Name& name);

// 'text', with quotes doubled.
std::string QuoteString(std::string_view text);
// The same for keys and values of options, which may be U&'…': characters that nobody could read or
// copy are escaped there.
std::string QuoteOption(std::string_view text);
// `text`, with back-ticks doubled.
std::string QuoteIdentifier(std::string_view text);

// "SECOND", "DAY", "DOW".
std::string_view TimeUnitName(TimeUnit unit);
// "DAY TO SECOND(3)".
std::string ToSql(const IntervalQualifier& qualifier);
// "TABLE", "MATERIALIZED TABLE".
std::string_view ObjectKindName(ObjectKind kind);

}  // namespace weir::ast
