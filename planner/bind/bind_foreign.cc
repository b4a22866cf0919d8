#include "planner/bind/bind_foreign.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/bind/bind_errors.h"
#include "planner/catalog/catalog.h"
#include "runtime/base/names.h"

namespace weir::bind {
namespace {

using expr::ForeignFunction;
using Trait = ast::FunctionTraitKind;

bool IsIdentifier(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<signed char>(c) < 0;
  };
  const auto part = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !text.empty() && letter(text[0]) && std::ranges::all_of(text, part);
}

// module.function, package.module.function.
bool IsPlace(std::string_view text) {
  if (text.find('.') == std::string_view::npos) return false;
  while (true) {
    const size_t dot = text.find('.');
    if (!IsIdentifier(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// As messages have it: a function in …
std::string_view LanguageOf(const ast::CreateFunction& create) {
  return IsNative(create) ? "a library" : "Python";
}

Status CheckType(const Type& type, SourceSpan span, std::string_view language) {
  if (expr::IsForeignType(type)) return {};
  return Status::Unsupported(fmt::format("{} in a function in {} is not supported yet",
                                         type.ToStringIgnoringNullability(), language))
      .WithHint("numbers, texts, bytes, dates and times go there and back")
      .WithSpan(span);
}

Status CheckTypes(const ast::CreateFunction& create, const catalog::FunctionDefinition& function) {
  const ast::FunctionSignature& signature = *create.signature;
  const std::string_view language = LanguageOf(create);
  for (size_t i = 0; i < function.parameters.size(); ++i) {
    RETURN_IF_ERROR(
        CheckType(function.parameters[i].type, signature.parameters[i].type.span, language));
  }
  return CheckType(*function.returns, signature.returns->span, language);
}

Status CheckOptions(const ast::CreateFunction& create) {
  const ast::Properties& options = create.body->options;
  if (options.empty()) return {};
  return Status::Unsupported(
             fmt::format("WITH of a function in {} is not supported yet", LanguageOf(create)))
      .WithSpan(options[0].key.span);
}

Status CheckPlaceInPython(const ast::CreateFunction& create) {
  const ast::FunctionBody& body = *create.body;
  if (!body.implementation) {
    return Contradiction("a function in Python says which: AS 'module.function'", create.name.span);
  }
  if (!IsPlace(body.implementation->text)) {
    return Contradiction(
               fmt::format("'{}' is no function in a module of Python", body.implementation->text),
               body.implementation->span)
        .WithHint("AS 'module.function', for def function(…) in module.py");
  }
  if (body.resources.empty()) return {};
  return Status::Unsupported("USING of a function in Python is not supported yet")
      .WithHint("SET 'python.files' = '…' says where modules are")
      .WithSpan(body.resources[0].path.span);
}

// USING 'path', one file.
Status CheckLibrary(const ast::CreateFunction& create) {
  const std::vector<ast::Resource>& files = create.body->resources;
  constexpr std::string_view kHint = "LANGUAGE NATIVE USING '/path/lib.so'";
  if (files.empty()) {
    return Contradiction("a function in a library says which file that is", create.name.span)
        .WithHint(std::string(kHint));
  }
  const bool one = files.size() == 1 && files[0].kind == ast::ResourceKind::kFile;
  if (one && !files[0].path.text.empty()) return {};
  return Contradiction("a function in a library is in one file, of no kind",
                       files[files.size() > 1 ? 1 : 0].path.span)
      .WithHint(std::string(kHint));
}

bool AboutNull(Trait kind) {
  return kind == Trait::kCalledOnNull || kind == Trait::kNullOnNull;
}

// Whether two clauses are about the same.
bool SameTopic(Trait a, Trait b) {
  if ((a == Trait::kVersion) != (b == Trait::kVersion)) return false;
  return AboutNull(a) == AboutNull(b);
}

Status TakeTraits(const std::vector<ast::FunctionTrait>& traits, ForeignFunction& foreign) {
  for (size_t i = 0; i < traits.size(); ++i) {
    const bool again = std::any_of(
        traits.begin(), traits.begin() + static_cast<ptrdiff_t>(i),
        [&](const ast::FunctionTrait& before) { return SameTopic(before.kind, traits[i].kind); });
    if (again) return Contradiction("this is said above already", traits[i].span);
    if (traits[i].kind == Trait::kVersion) foreign.version = traits[i].version.text;
    if (traits[i].kind == Trait::kCalledOnNull) foreign.called_on_null = true;
    if (traits[i].kind == Trait::kNotDeterministic)
      foreign.determinism = expr::Determinism::kPerRow;
  }
  return {};
}

// Before the names of temporary functions of the system; no name is written like that without
// quotes.
constexpr std::string_view kOfSystem = "system:";

std::string FullName(const catalog::FunctionDefinition& function) {
  if (!function.system) return function.name.Quoted();
  return std::string(kOfSystem) + catalog::QuoteName(function.name.object);
}

// Differs for different functions, also for those whose names differ in their case alone, and from
// built-in ones and operators, which have capitals or signs.
std::string ShownName(const catalog::FunctionDefinition& function) {
  const auto shown = [](const std::string& name) {
    const auto is_plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    const bool plain = !name.empty() && name[0] >= 'a' && std::ranges::all_of(name, is_plain);
    return plain ? name : catalog::QuoteName(name);
  };
  const catalog::ObjectName& name = function.name;
  if (function.system) return std::string(kOfSystem) + shown(name.object);
  std::string text = shown(name.object);
  const bool far = name.catalog != catalog::kDefaultCatalog;
  if (far || name.database != catalog::kDefaultDatabase) text = shown(name.database) + "." + text;
  return far ? shown(name.catalog) + "." + text : text;
}

// Texts have any length there; the call is cast to the length that is declared.
Type TypeThere(const Type& declared) {
  if (declared.is_character()) return Type::String().WithNullable(declared.nullable());
  if (declared.is_binary()) return Type::Bytes().WithNullable(declared.nullable());
  return declared;
}

}  // namespace

bool IsNative(const ast::CreateFunction& create) {
  if (!create.body) return false;
  const bool behind = create.body->language.has_value() || !create.signature;
  const std::optional<ast::Identifier>& said =
      behind ? create.body->language : create.signature->language;
  return said && EqualsIgnoreCase(said->text, "NATIVE");
}

Result<const ForeignFunction*> BindForeign(const ast::CreateFunction& create,
                                           const catalog::FunctionDefinition& function) {
  const bool native = IsNative(create);
  if (!function.returns) {
    return Status::Unsupported(
               fmt::format("a table function in {} is not supported yet", LanguageOf(create)))
        .WithHint("one that RETURNS a value is")
        .WithSpan(create.name.span);
  }
  if (function.parameters.empty() && !native) {
    return Contradiction(
        "a function in Python has a parameter: its arrays say how many rows there "
        "are",
        create.name.span);
  }
  RETURN_IF_ERROR(CheckTypes(create, function));
  RETURN_IF_ERROR(native ? CheckLibrary(create) : CheckPlaceInPython(create));
  RETURN_IF_ERROR(CheckOptions(create));
  ForeignFunction foreign;
  RETURN_IF_ERROR(TakeTraits(create.body->traits, foreign));
  const ast::FunctionBody& body = *create.body;
  if (native) {
    foreign.language = expr::ForeignLanguage::kNative;
    foreign.library = body.resources[0].path.text;
  }
  foreign.implementation = body.implementation ? body.implementation->text : function.name.object;
  foreign.shown_name = ShownName(function);
  foreign.full_name = FullName(function);
  for (const catalog::FunctionParameter& parameter : function.parameters) {
    foreign.names.push_back(parameter.name);
    foreign.parameters.push_back(parameter.type);
  }
  foreign.returns = TypeThere(*function.returns);
  return expr::InternForeign(std::move(foreign));
}

expr::ExprPtr CallOf(const ForeignFunction& function, const std::vector<expr::ExprPtr>& arguments,
                     SourceSpan place) {
  auto call = std::make_shared<expr::Expr>();
  call->kind = expr::ExprKind::kCall;
  call->function = &function;
  call->type = expr::ForeignCallType(function, arguments);
  call->span = place;
  call->args = arguments;
  return call;
}

}  // namespace weir::bind
