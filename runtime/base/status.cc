#include "runtime/base/status.h"

#include <array>
#include <utility>

namespace weir {
namespace {

struct ErrorRow {
  std::string_view id;
  std::string_view sqlstate;
};

constexpr std::array kErrors = {
#define WEIR_ERROR(id, sqlstate, about) ErrorRow{#id, #sqlstate},
#include "runtime/base/error_ids.def"
#undef WEIR_ERROR
};

std::string_view DefaultId(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return "";
    case StatusCode::kInvalidSql:
      return "E1001";
    case StatusCode::kUnsupported:
      return "E1002";
    case StatusCode::kDataError:
      return "E3001";
    case StatusCode::kNotFound:
      return "E4002";
    case StatusCode::kInvalidArgument:
      return "E6001";
    case StatusCode::kExternal:
      return "E4001";
    case StatusCode::kCorruption:
      return "E7001";
    case StatusCode::kRestoreRefused:
      return "E7002";
    case StatusCode::kCancelled:
      return "E8001";
    case StatusCode::kInternal:
      return "E9001";
  }
  return "E9001";
}

const std::string& EmptyString() {
  static const std::string empty;
  return empty;
}

}  // namespace

Status::Status(StatusCode code, std::string message) {
  if (code == StatusCode::kOk) return;
  rep_ = std::make_unique<Rep>(Rep{code, std::move(message), "", "", std::nullopt});
}

Status::Status(const Status& other)
    : rep_(other.rep_ ? std::make_unique<Rep>(*other.rep_) : nullptr) {}

Status& Status::operator=(const Status& other) {
  if (this != &other) rep_ = other.rep_ ? std::make_unique<Rep>(*other.rep_) : nullptr;
  return *this;
}

Status Status::InvalidSql(std::string message) {
  return {StatusCode::kInvalidSql, std::move(message)};
}
Status Status::Unsupported(std::string message) {
  return {StatusCode::kUnsupported, std::move(message)};
}
Status Status::DataError(std::string message) {
  return {StatusCode::kDataError, std::move(message)};
}
Status Status::NotFound(std::string message) {
  return {StatusCode::kNotFound, std::move(message)};
}
Status Status::InvalidArgument(std::string message) {
  return {StatusCode::kInvalidArgument, std::move(message)};
}
Status Status::External(std::string message) {
  return {StatusCode::kExternal, std::move(message)};
}
Status Status::Corruption(std::string message) {
  return {StatusCode::kCorruption, std::move(message)};
}
Status Status::RestoreRefused(std::string message) {
  return {StatusCode::kRestoreRefused, std::move(message)};
}
Status Status::Cancelled(std::string message) {
  return {StatusCode::kCancelled, std::move(message)};
}
Status Status::Internal(std::string message) {
  return {StatusCode::kInternal, std::move(message)};
}

StatusCode Status::code() const {
  return rep_ ? rep_->code : StatusCode::kOk;
}

const std::string& Status::message() const {
  return rep_ ? rep_->message : EmptyString();
}

std::string_view Status::id() const {
  if (!rep_) return "";
  return rep_->id.empty() ? DefaultId(rep_->code) : std::string_view(rep_->id);
}

std::string_view Status::sqlstate() const {
  if (!rep_) return "00000";
  for (const ErrorRow& row : kErrors) {
    if (row.id == id()) return row.sqlstate;
  }
  return "XX000";
}

const std::string& Status::hint() const {
  return rep_ ? rep_->hint : EmptyString();
}

std::optional<SourceSpan> Status::span() const {
  return rep_ ? rep_->span : std::nullopt;
}

Status Status::WithId(std::string_view id) && {
  if (rep_) rep_->id = id;
  return std::move(*this);
}

Status Status::WithHint(std::string hint) && {
  if (rep_) rep_->hint = std::move(hint);
  return std::move(*this);
}

Status Status::WithSpan(SourceSpan span) && {
  if (rep_ && !rep_->span && !span.empty()) rep_->span = span;
  return std::move(*this);
}

Status Status::At(SourceSpan span) && {
  if (rep_) rep_->span = span;
  return std::move(*this);
}

Status Status::WithContext(std::string_view context) && {
  if (rep_) rep_->message = std::string(context) + ": " + rep_->message;
  return std::move(*this);
}

std::string Status::ToString() const {
  if (!rep_) return "ok";
  std::string text = std::string(id()) + ": " + rep_->message;
  if (!rep_->hint.empty()) text += " (" + rep_->hint + ")";
  return text;
}

}  // namespace weir
