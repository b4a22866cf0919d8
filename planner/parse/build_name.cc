#include <array>
#include <charconv>

#include "planner/parse/builder.h"
#include "runtime/base/names.h"

namespace weir::parse {
namespace {

struct UnitWord {
  std::string_view word;
  ast::TimeUnit unit;
};

constexpr auto kUnits = std::to_array<UnitWord>({
    {"MILLENNIUM", ast::TimeUnit::kMillennium},
    {"CENTURY", ast::TimeUnit::kCentury},
    {"DECADE", ast::TimeUnit::kDecade},
    {"YEAR", ast::TimeUnit::kYear},
    {"QUARTER", ast::TimeUnit::kQuarter},
    {"MONTH", ast::TimeUnit::kMonth},
    {"WEEK", ast::TimeUnit::kWeek},
    {"DAY", ast::TimeUnit::kDay},
    {"HOUR", ast::TimeUnit::kHour},
    {"MINUTE", ast::TimeUnit::kMinute},
    {"SECOND", ast::TimeUnit::kSecond},
    {"MILLISECOND", ast::TimeUnit::kMillisecond},
    {"MICROSECOND", ast::TimeUnit::kMicrosecond},
    {"NANOSECOND", ast::TimeUnit::kNanosecond},
    {"FRAC_SECOND", ast::TimeUnit::kMicrosecond},
    {"DOW", ast::TimeUnit::kDow},
    {"DAYOFWEEK", ast::TimeUnit::kDow},
    {"DOY", ast::TimeUnit::kDoy},
    {"DAYOFYEAR", ast::TimeUnit::kDoy},
    {"ISODOW", ast::TimeUnit::kIsoDow},
    {"ISOYEAR", ast::TimeUnit::kIsoYear},
    {"EPOCH", ast::TimeUnit::kEpoch},
});

// Undoes the doubling of `quote` in what stands between a first and a last one.
std::string Unquote(std::string_view quoted, char quote) {
  std::string text;
  for (size_t i = 1; i + 1 < quoted.size(); ++i) {
    text += quoted[i];
    if (quoted[i] == quote) ++i;
  }
  return text;
}

}  // namespace

void Builder::Fail(Status error) {
  if (error_.ok()) error_ = std::move(error);
}

void Builder::Fail(SourceSpan span, std::string message, std::string hint) {
  Status error = Status::InvalidSql(std::move(message)).WithId("E1001").WithSpan(span);
  if (!hint.empty()) error = std::move(error).WithHint(std::move(hint));
  Fail(std::move(error));
}

ast::Span Builder::SpanOf(const Rule* context) const {
  const auto begin = static_cast<uint32_t>(context->start->getStartIndex());
  if (context->stop == nullptr) return {begin, begin};
  const auto end = static_cast<uint32_t>(context->stop->getStopIndex() + 1);
  return {begin, end < begin ? begin : end};
}

std::string_view Builder::TextOf(SourceSpan span) const {
  return text_.substr(span.begin, span.end - span.begin);
}

ast::Span Builder::SpanOf(TerminalNode* token) const {
  return {static_cast<uint32_t>(token->getSymbol()->getStartIndex()),
          static_cast<uint32_t>(token->getSymbol()->getStopIndex() + 1)};
}

ast::Identifier Builder::Build(P::IdentifierContext* context) {
  return BuildIdentifier(SpanOf(context));
}

ast::Identifier Builder::Build(P::BareAliasContext* context) {
  return BuildIdentifier(SpanOf(context));
}

ast::Identifier Builder::BuildIdentifier(ast::Span span) const {
  const std::string_view text = TextOf(span);
  if (text.front() == '`' || text.front() == '"') return {Unquote(text, text.front()), true, span};
  return {std::string(text), false, span};
}

ast::Name Builder::BuildFileName(TerminalNode* string) {
  const ast::Text path = BuildText(string);
  return {.parts = {{path.text, true, path.span}}, .span = path.span, .is_file = true};
}

ast::Name Builder::Build(P::NameContext* context) {
  ast::Name name;
  for (auto* part : context->identifier()) name.parts.push_back(Build(part));
  name.span = SpanOf(context);
  return name;
}

std::vector<ast::Identifier> Builder::Build(P::IdentifiersContext* context) {
  std::vector<ast::Identifier> identifiers;
  for (auto* identifier : context->identifier()) identifiers.push_back(Build(identifier));
  return identifiers;
}

std::vector<ast::Name> Builder::Build(P::NamesContext* context) {
  std::vector<ast::Name> names;
  for (auto* name : context->name()) names.push_back(Build(name));
  return names;
}

std::vector<ast::Text> Builder::Build(P::TextsContext* context) {
  std::vector<ast::Text> texts;
  for (auto* text : context->text()) texts.push_back(Build(text));
  return texts;
}

ast::Reference Builder::Build(P::ReferenceContext* context) {
  if (context->STRING()) return {BuildText(context->STRING()).text, true, false, SpanOf(context)};
  const ast::Identifier identifier = Build(context->identifier());
  return {identifier.text, false, identifier.quoted, identifier.span};
}

ast::Properties Builder::Build(P::PropertiesContext* context) {
  ast::Properties properties;
  for (auto* property : context->property()) {
    properties.push_back({Build(property->text(0)), Build(property->text(1))});
  }
  return properties;
}

ast::Text Builder::BuildText(TerminalNode* string) {
  const ast::Span span = SpanOf(string);
  return {Unquote(TextOf(span), '\''), span};
}

std::optional<ast::Text> Builder::Build(P::CommentContext* context) {
  if (context == nullptr) return std::nullopt;
  return BuildText(context->STRING());
}

uint32_t Builder::BuildNumber(TerminalNode* integer) {
  const ast::Span span = SpanOf(integer);
  const std::string_view digits = TextOf(span);
  int32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc()) {
    Fail(Status::InvalidSql("the number is too large: " + std::string(digits))
             .WithId("E1003")
             .WithSpan(span));
  }
  return static_cast<uint32_t>(number);
}

ast::TimeUnit Builder::Build(P::TimeUnitContext* context) {
  return BuildUnit(SpanOf(context));
}

ast::TimeUnit Builder::Build(P::DifferenceUnitContext* context) {
  return BuildUnit(SpanOf(context));
}

ast::TimeUnit Builder::BuildUnit(ast::Span span) {
  std::string word = ToUpper(TextOf(span));
  if (word.starts_with("SQL_TSI_")) word.erase(0, 8);
  for (const UnitWord& unit : kUnits) {
    if (word == unit.word || word == std::string(unit.word) + "S") return unit.unit;
  }
  std::vector<std::string> candidates;
  for (const UnitWord& unit : kUnits) candidates.emplace_back(unit.word);
  Fail(span, "no such unit of time: " + std::string(TextOf(span)), DidYouMean(word, candidates));
  return ast::TimeUnit::kSecond;
}

namespace {

// A template, since two rules of the grammar have these parts and the generated contexts share no
// base.
template <typename Context>
ast::IntervalQualifier QualifierOf(Builder* builder, Context* context) {
  ast::IntervalQualifier qualifier;
  qualifier.from = builder->Build(context->from);
  std::vector<TerminalNode*> digits = context->INTEGER();
  if (context->fraction != nullptr) {
    qualifier.fractional_precision = static_cast<int32_t>(builder->BuildNumber(digits.back()));
    digits.pop_back();
  }
  if (!digits.empty()) qualifier.precision = static_cast<int32_t>(builder->BuildNumber(digits[0]));
  if (digits.size() > 1) {
    if (qualifier.from != ast::TimeUnit::kSecond || context->to != nullptr) {
      builder->Fail(builder->SpanOf(digits[1]), "only a lone SECOND has two precisions");
    }
    qualifier.fractional_precision = static_cast<int32_t>(builder->BuildNumber(digits[1]));
  }
  if (context->to != nullptr) qualifier.to = builder->Build(context->to);
  return qualifier;
}

}  // namespace

ast::IntervalQualifier Builder::Build(P::IntervalQualifierContext* context) {
  return QualifierOf(this, context);
}

ast::IntervalQualifier Builder::Build(P::DifferenceSpanContext* context) {
  return QualifierOf(this, context);
}

}  // namespace weir::parse
