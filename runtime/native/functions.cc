#include "runtime/native/functions.h"

#include <fmt/format.h>

#include <utility>

namespace weir::native {
namespace {

Status OfFunction(const expr::ForeignFunction& function, Status failure) {
  return std::move(failure).WithContext(
      fmt::format("{} ({})", function.shown_name, expr::PlaceOf(function)));
}

Result<const weir_function*> FindCode(const expr::ForeignFunction& function,
                                      const LibraryFile& file) {
  const Library* const library = TRY(LoadLibrary(file));
  return FindFunction(*library, function.implementation);
}

}  // namespace

Result<std::unique_ptr<Instance>> BindFunction(const expr::ForeignFunction& function,
                                               const LibraryFile& file) {
  const Result<const weir_function*> code = FindCode(function, file);
  if (!code.ok()) return OfFunction(function, code.status());
  Result<std::unique_ptr<Instance>> bound = Instance::Bind(**code, function);
  if (!bound.ok()) return OfFunction(function, std::move(bound).status());
  return bound;
}

Status Functions::Add(const expr::ForeignFunction* function, const LibraryFile& file) {
  std::unique_ptr<Instance> first = TRY(BindFunction(*function, file));
  code_[function] = TRY(FindCode(*function, file));
  const MutexLock lock(mutex_);
  free_[function].push_back(std::move(first));
  return {};
}

std::unique_ptr<Instance> Functions::TakeFree(const expr::ForeignFunction* function) {
  const MutexLock lock(mutex_);
  Instances& free = free_[function];
  if (free.empty()) return nullptr;
  std::unique_ptr<Instance> taken = std::move(free.back());
  free.pop_back();
  return taken;
}

Status Functions::Call(const expr::ForeignCall& call, Column& out) {
  std::unique_ptr<Instance> instance = TakeFree(call.function);
  if (instance == nullptr) {
    Result<std::unique_ptr<Instance>> bound =
        Instance::Bind(*code_.at(call.function), *call.function);
    if (!bound.ok()) return OfFunction(*call.function, std::move(bound).status());
    instance = *std::move(bound);
  }
  Status called = instance->Call(call, out);
  if (!called.ok()) return OfFunction(*call.function, std::move(called));
  const MutexLock lock(mutex_);
  free_[call.function].push_back(std::move(instance));
  return {};
}

void Functions::Rest() {
  std::map<const expr::ForeignFunction*, Instances> ending;  // which may take its time
  const MutexLock lock(mutex_);
  ending.swap(free_);
}

}  // namespace weir::native
