// TO_CHANGELOG(input => TABLE t, …) and FROM_CHANGELOG(input => TABLE t, …): Flink's process table
// functions between changes and rows that say which changes they are.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "planner/bind/bind_errors.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/query_binder.h"
#include "planner/bind/table_argument.h"
#include "planner/logical/rewrite.h"
#include "runtime/base/names.h"
#include "runtime/base/trimmed.h"

namespace weir::bind {

using logical::NodePtr;

namespace {

constexpr std::string_view kTo = "TO_CHANGELOG";
constexpr std::string_view kFrom = "FROM_CHANGELOG";

// The arguments of both, in their order. All but the first may be left out.
enum ChangelogArgument : uint8_t { kInput, kOp, kOpMapping, kOnTime, kUid, kArguments };
constexpr std::array<std::string_view, kArguments> kParameters = {"input", "op", "op_mapping",
                                                                  "on_time", "uid"};
constexpr std::string_view kDefaultOp = "op";
constexpr std::string_view kRowtime = "rowtime";

// The texts between commas, without blanks around them; empty ones at the end do not count.
std::vector<std::string> Listed(std::string_view text) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t comma = 0; comma != std::string_view::npos; begin = comma + 1) {
    comma = text.find(',', begin);
    parts.emplace_back(text.substr(begin, comma - begin));
  }
  while (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  if (text.starts_with(',') && parts.size() == 1 && parts[0].empty()) parts.clear();
  for (std::string& part : parts) part = TrimmedAsJava(part);
  return parts;
}

bool IsNullText(const ast::Expr& expression) {
  if (const auto* cast = expression.As<ast::Cast>()) return IsNullText(*cast->operand);
  const auto* literal = expression.As<ast::Literal>();
  return literal != nullptr && literal->kind == ast::LiteralKind::kNull;
}

bool IsFlinkUid(std::string_view uid) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !uid.empty() && letter(uid[0]) && std::ranges::all_of(uid, [&](char c) {
    return letter(c) || c == '-' || (c >= '0' && c <= '9');
  });
}

class ChangelogBinder {
 public:
  ChangelogBinder(QueryBinder& binder, const ast::FunctionTable& call, const QueryScope& scope)
      : binder_(binder),
        call_(call),
        scope_(scope),
        to_(EqualsIgnoreCase(call.call.name.last().text, kTo)) {}

  Result<Relation> Bind(const QueryScope& query_scope) {
    RETURN_IF_ERROR(MatchArguments());
    RETURN_IF_ERROR(CheckUid());
    RETURN_IF_ERROR(BindInput(query_scope));
    const Mapping mapping = TRY(BindMapping());
    NodePtr node = to_ ? TRY(To(mapping)) : TRY(From(mapping));
    const size_t count = node->columns.size();
    return Relation{std::move(node), {{"", {}, 0, count}}};
  }

 private:
  // The keys and values of op_mapping with where they are written; null if it is not given.
  struct Entry {
    std::string value;
    SourceSpan key_span;
    SourceSpan value_span;
  };
  using Mapping = std::optional<std::map<std::string, Entry>>;

  std::string_view name() const { return to_ ? kTo : kFrom; }
  SourceSpan CallSpan() const { return scope_.At(call_.call_span); }
  SourceSpan SpanOf(ChangelogArgument argument) const {
    return arguments_[argument] ? scope_.At(arguments_[argument]->span) : CallSpan();
  }

  std::string Signature() const {
    return fmt::format(
        "{}(input => TABLE t [, op => DESCRIPTOR(op)] [, op_mapping => MAP[{}]])", name(),
        to_ ? "'INSERT', 'I', 'UPDATE_AFTER', 'U', …" : "'c, r', 'INSERT', 'd', 'DELETE', …");
  }
  Status Wrong(std::string message, SourceSpan span) const {
    return Status::InvalidSql(std::move(message))
        .WithId("E2005")
        .WithHint(Signature())
        .WithSpan(span);
  }
  Status WrongMapping(std::string message, SourceSpan span, std::string hint = "") const {
    return Status::InvalidSql("op_mapping: " + std::move(message))
        .WithId("E2015")
        .WithHint(std::move(hint))
        .WithSpan(span);
  }

  Status MatchArguments() {
    const std::vector<ast::Argument>& arguments = call_.call.arguments;
    for (size_t i = 0; i < arguments.size(); ++i) {
      const ast::Argument& argument = arguments[i];
      size_t at = i;
      if (argument.name) {
        at = 0;
        while (at < kArguments && !EqualsIgnoreCase(kParameters[at], argument.name->text)) ++at;
      }
      const SourceSpan span = scope_.At(argument.name ? argument.name->span : argument.value->span);
      if (at >= kArguments || arguments_[at] != nullptr)
        return Wrong(fmt::format("{} does not take these arguments", name()), span);
      arguments_[at] = argument.value.get();
    }
    if (arguments_[kInput] == nullptr)
      return Wrong(fmt::format("{} needs a table", name()), CallSpan());
    for (size_t at = kOp; at < kArguments; ++at) {
      const ast::Expr* value = arguments_[at];
      if (value != nullptr && (value->As<ast::DefaultValue>() != nullptr || IsNullText(*value)))
        arguments_[at] = nullptr;
    }
    return {};
  }

  // Flink's name of the state that these functions do not have.
  Status CheckUid() const {
    if (arguments_[kUid] == nullptr) return {};
    const auto* literal = arguments_[kUid]->As<ast::Literal>();
    if (literal != nullptr && literal->kind == ast::LiteralKind::kString &&
        IsFlinkUid(literal->text))
      return {};
    return Wrong("uid is a text of letters, digits, _ and -, which does not begin with a digit",
                 SpanOf(kUid));
  }

  Status BindInput(const QueryScope& query_scope) {
    const ast::Expr& argument = *arguments_[kInput];
    if (const auto* table = argument.As<ast::TableArgument>()) {
      const bool partitioned = !table->partition_by.empty();
      if (partitioned || !table->order_by.empty()) {
        return Status::InvalidSql(fmt::format("{} takes each row by itself, without {}", name(),
                                              partitioned ? "PARTITION BY" : "ORDER BY"))
            .WithId("E2015")
            .WithSpan(scope_.At(argument.span));
      }
    }
    std::optional<Relation> input = TRY(BindTableArgument(binder_, argument, scope_, query_scope));
    if (!input) return Wrong("input expects a table", scope_.At(argument.span));
    input_ = *std::move(input);
    return {};
  }

  // The only column that a descriptor names; null if the argument is not given.
  Result<const ast::Name*> Described(ChangelogArgument argument) const {
    if (arguments_[argument] == nullptr) return static_cast<const ast::Name*>(nullptr);
    const auto* descriptor = arguments_[argument]->As<ast::Descriptor>();
    if (descriptor != nullptr && descriptor->columns.size() == 1) return &descriptor->columns[0];
    return Wrong(
        fmt::format("{} must be a DESCRIPTOR of exactly one column", kParameters[argument]),
        SpanOf(argument));
  }

  // A text that is written as such.
  Result<std::string> TextIn(const ast::Expr& item) const {
    const bool written = item.As<ast::Literal>() != nullptr || item.As<ast::Cast>() != nullptr;
    if (written) {
      const Relation nothing{OneRow(scope_, {}), {}};
      const expr::ExprPtr bound =
          TRY(ExpressionBinder(nothing, {nullptr, name(), scope_.text}).Bind(item));
      if (bound->kind == expr::ExprKind::kLiteral && !bound->literal.is_null() &&
          bound->type.is_character())
        return bound->literal.get<std::string>();
    }
    return WrongMapping("its keys and values are constant texts", scope_.At(item.span),
                        Signature());
  }

  // Of equal keys the last one counts, as in any MAP.
  Result<Mapping> BindMapping() const {
    if (arguments_[kOpMapping] == nullptr) return Mapping();
    const auto* map = arguments_[kOpMapping]->As<ast::Collection>();
    if (map == nullptr || map->kind != ast::CollectionKind::kMap)
      return WrongMapping("it must be a constant MAP literal", SpanOf(kOpMapping), Signature());
    std::map<std::string, Entry> entries;
    for (size_t i = 0; i + 1 < map->items.size(); i += 2) {
      const ast::Expr& key = *map->items[i];
      const ast::Expr& value = *map->items[i + 1];
      entries[TRY(TextIn(key))] = {TRY(TextIn(value)), scope_.At(key.span), scope_.At(value.span)};
    }
    return Mapping(std::move(entries));
  }

  Result<RowKind> KindOf(std::string_view text, SourceSpan span) const {
    const auto* known = std::ranges::find(graph::kRowKindNames, text);
    if (known != graph::kRowKindNames.end())
      return static_cast<RowKind>(known - graph::kRowKindNames.begin());
    return WrongMapping(fmt::format("'{}' is no kind of change", text), span,
                        fmt::format("there are {}", fmt::join(graph::kRowKindNames, ", ")));
  }

  Result<graph::ToChangelogSpec> CodesOfKinds(const Mapping& mapping) const {
    graph::ToChangelogSpec spec;
    if (!mapping) {
      for (size_t kind = 0; kind < spec.codes.size(); ++kind)
        spec.codes[kind] = graph::kRowKindNames[kind];
      return spec;
    }
    for (const auto& [kinds, entry] : *mapping) {
      for (const std::string& text : Listed(kinds)) {
        const RowKind kind = TRY(KindOf(text, entry.key_span));
        std::optional<std::string>& code = spec.codes[static_cast<size_t>(kind)];
        if (code) return WrongMapping(fmt::format("{} is there twice", text), entry.key_span);
        code = entry.value;
      }
    }
    return spec;
  }

  Result<std::vector<graph::ChangeCode>> KindsOfCodes(const Mapping& mapping) const {
    std::vector<graph::ChangeCode> codes;
    if (!mapping) {
      for (size_t kind = 0; kind < graph::kRowKindNames.size(); ++kind)
        codes.push_back({std::string(graph::kRowKindNames[kind]), static_cast<RowKind>(kind)});
      return codes;
    }
    std::array<bool, 4> given{};
    for (const auto& [texts, entry] : *mapping) {
      const RowKind kind = TRY(KindOf(TrimmedAsJava(entry.value), entry.value_span));
      if (std::exchange(given[static_cast<size_t>(kind)], true)) {
        return WrongMapping(
            fmt::format("{} is there twice", graph::kRowKindNames[static_cast<size_t>(kind)]),
            entry.value_span, "several codes of a kind are one key: MAP['c, r', 'INSERT']");
      }
      for (std::string& code : Listed(texts)) {
        if (std::ranges::find(codes, code, &graph::ChangeCode::code) != codes.end())
          return WrongMapping(fmt::format("the code '{}' is there twice", code), entry.key_span);
        codes.push_back({std::move(code), kind});
      }
    }
    const bool old_rows = given[static_cast<size_t>(RowKind::kUpdateBefore)];
    if (given[static_cast<size_t>(RowKind::kUpdateAfter)] && !old_rows) {
      return WrongMapping(
          "UPDATE_AFTER without UPDATE_BEFORE would be upserts, which need a key",
          SpanOf(kOpMapping),
          "give UPDATE_BEFORE a code, too; rows that are upserts are read as such by a table with "
          "a PRIMARY KEY");
    }
    std::ranges::sort(codes, {}, [](const graph::ChangeCode& code) { return code.kind; });
    return codes;
  }

  Result<NodePtr> To(const Mapping& mapping) const {
    logical::ToChangelog to{TRY(CodesOfKinds(mapping)), false};
    const ast::Name* op = TRY(Described(kOp));
    if (op != nullptr && op->parts.size() != 1)
      return Wrong("op names a column that is added, without a qualifier", SpanOf(kOp));
    std::vector<logical::Column> columns = input_.columns();
    const std::string code = op == nullptr ? std::string(kDefaultOp) : op->last().text;
    if (std::ranges::find(columns, code, &logical::Column::name) != columns.end()) {
      return Contradiction(fmt::format("the table has a column \"{}\" already", code), SpanOf(kOp),
                           "op => DESCRIPTOR(kind) gives that of the kinds another name");
    }
    columns.insert(columns.begin(), {code, Type::String()});
    const ast::Name* time = TRY(Described(kOnTime));
    to.on_time = time != nullptr;
    NodePtr node = logical::MakeNode(std::move(to), {input_.node}, std::move(columns),
                                     scope_.OriginAt(call_.call_span));
    return time == nullptr ? node : WithTime(node, *time);
  }

  // Adds the event time once more, as "rowtime".
  Result<NodePtr> WithTime(const NodePtr& node, const ast::Name& time) const {
    const ResolvedName resolved = TRY(ResolveName(input_, time));
    const auto place = static_cast<size_t>(resolved.column);
    const logical::Column& of = input_.columns()[place];
    if (of.time != logical::TimeAttribute::kEvent || resolved.parts < time.parts.size()) {
      return WindowError(
          fmt::format("on_time needs a column with a WATERMARK, but \"{}\" has none", of.name),
          SpanOf(kOnTime), "casts and expressions end a time attribute");
    }
    std::vector<logical::Column> columns = node->columns;
    const auto taken = [&](const std::string& name) {
      return std::ranges::find(columns, name, &logical::Column::name) != columns.end();
    };
    std::string name(kRowtime);
    for (int n = 0; taken(name); ++n) name = fmt::format("{}{}", kRowtime, n);
    logical::Project project;
    for (size_t i = 0; i < columns.size(); ++i)
      project.expressions.push_back(logical::ColumnRef(*node, static_cast<int>(i)));
    project.expressions.push_back(logical::ColumnRef(*node, static_cast<int>(place) + 1));
    columns.push_back({std::move(name), of.type.WithNullable(false), of.time});
    return logical::MakeNode(std::move(project), {node}, std::move(columns),
                             scope_.OriginAt(call_.call_span));
  }

  Result<NodePtr> From(const Mapping& mapping) const {
    if (arguments_[kOnTime] != nullptr) {
      return Wrong("on_time is for inserts only, and FROM_CHANGELOG gives updates",
                   SpanOf(kOnTime));
    }
    const ast::Name* described = TRY(Described(kOp));
    ast::Name op;
    op.parts = {{std::string(kDefaultOp), false, call_.call_span}};
    op.span = call_.call_span;
    if (described != nullptr) op = *described;
    const ResolvedName resolved = TRY(ResolveName(input_, op));
    std::vector<logical::Column> columns = input_.columns();
    const logical::Column& code = columns[static_cast<size_t>(resolved.column)];
    if (!code.type.is_character() || resolved.parts < op.parts.size()) {
      return Status::InvalidSql(
                 fmt::format("the op column \"{}\" must be of STRING type, but was {}", code.name,
                             code.type.ToStringIgnoringNullability()))
          .WithId("E2006")
          .WithSpan(SpanOf(kOp));
    }
    if (columns.size() == 1)
      return Contradiction("the table has no column beside that of the codes", SpanOf(kInput));
    columns.erase(columns.begin() + resolved.column);
    logical::FromChangelog from;
    from.spec.op_column = resolved.column;
    from.spec.codes = TRY(KindsOfCodes(mapping));
    return logical::MakeNode(std::move(from), {input_.node}, std::move(columns),
                             scope_.OriginAt(call_.call_span));
  }

  QueryBinder& binder_;
  const ast::FunctionTable& call_;
  const QueryScope& scope_;
  const bool to_;
  std::array<const ast::Expr*, kArguments> arguments_{};
  Relation input_;
};

}  // namespace

bool IsChangelogFunction(std::string_view name) {
  return EqualsIgnoreCase(name, kTo) || EqualsIgnoreCase(name, kFrom);
}

Result<Relation> BindChangelog(QueryBinder& binder, const ast::FunctionTable& function,
                               const QueryScope& scope, const QueryScope& query_scope) {
  return ChangelogBinder(binder, function, scope).Bind(query_scope);
}

}  // namespace weir::bind
