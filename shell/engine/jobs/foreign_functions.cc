#include "shell/engine/jobs/foreign_functions.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/clock.h"
#include "state/files/checkpoint_files.h"

namespace weir::shell {
namespace {

Status CheckExecutable(const std::string& executable) {
  const bool relative = executable.find('/') != std::string::npos && executable[0] != '/';
  if (!relative && !executable.empty()) return {};
  return Status::InvalidArgument(
             fmt::format("'python.executable' = '{}' is neither the name of a program nor an "
                         "absolute path",
                         executable))
      .WithId("E6001")
      .WithHint("python3, or the whole path of a virtual environment's bin/python");
}

Status CheckTimeout(const conf::Settings& settings) {
  constexpr std::string_view kKey = "python.batch-timeout";
  if (settings.GetMillis(kKey) > 0) return {};
  return Status::InvalidArgument(fmt::format("option \"{}\" takes a millisecond or more, not '{}'",
                                             kKey, settings.Get(kKey)))
      .WithId("E6001")
      .WithHint("no function answers in no time");
}

using Functions = std::vector<const expr::ForeignFunction*>;

Functions OfLanguage(const Functions& all, expr::ForeignLanguage language) {
  Functions some;
  std::ranges::copy_if(all, std::back_inserter(some),
                       [&](const auto* function) { return function->language == language; });
  return some;
}

Status BeginPython(const JobRequest& request, Functions functions, ForeignFunctions& all,
                   task::JobOptions& options) {
  const conf::Settings& settings = request.settings;
  python::ProcessSettings processes;
  processes.executable = settings.Get("python.executable");
  RETURN_IF_ERROR(CheckExecutable(processes.executable));
  processes.files = conf::PathsOf(settings.Get("python.files"));
  RETURN_IF_ERROR(CheckTimeout(settings));
  processes.nice = options.nice;
  processes.timeout_millis = PauseNanos(settings.GetMillis("python.batch-timeout")) / 1'000'000;
  processes.clock = options.clock;
  processes.say = options.say;
  all.python = std::make_unique<python::Workers>(std::move(processes), std::move(functions));
  options.modules.merge(TRY(all.python->Load()));
  return {};
}

Result<native::LibraryFile> ReadLibrary(FileSystem& files, const std::string& path) {
  constexpr uint64_t kMostBytes = uint64_t{1} << 30;
  const auto no_library = [&](std::string why) {
    return Status::InvalidArgument(fmt::format("no library can be read from {}: {}", path, why))
        .WithId("E3010");
  };
  const Result<FileInfo> found = files.Stat(path);
  if (!found.ok()) return no_library(found.status().message());
  if (!found->is_regular) return no_library("it is no regular file");
  if (found->bytes > kMostBytes) return no_library("it has more than 1 GiB");
  Result<std::string> bytes = ReadFile(files, path);
  if (!bytes.ok()) return no_library(bytes.status().message());
  std::string hash = state::Sha256Of(*bytes);
  return native::LibraryFile{path, *std::move(bytes), std::move(hash)};
}

// What a statement has that nobody has said is said of something else.
template <typename T>
SourceSpan PlaceOr(const std::optional<T>& said, SourceSpan other) {
  return said ? SourceSpan(said->span) : other;
}

}  // namespace

Status ForeignFunctions::Call(const expr::ForeignCall& call, Column& out) {
  const bool is_native = call.function->language == expr::ForeignLanguage::kNative;
  return is_native ? native->Call(call, out) : python->Call(call, out);
}

void ForeignFunctions::Rest() {
  if (python != nullptr) python->Rest();
  if (native != nullptr) native->Rest();
}

Status BeginFunctions(FileSystem& files, const JobRequest& request, RunningJob& job,
                      task::JobOptions& options) {
  if (request.functions.empty()) return {};
  auto all = std::make_shared<ForeignFunctions>();
  const Functions native = OfLanguage(request.functions, expr::ForeignLanguage::kNative);
  if (!native.empty()) all->native = std::make_unique<native::Functions>();
  for (const expr::ForeignFunction* function : native) {
    const native::LibraryFile file = TRY(ReadLibrary(files, function->library));
    RETURN_IF_ERROR(all->native->Add(function, file));
    options.modules.emplace(function->full_name, file.hash);
  }
  Functions python = OfLanguage(request.functions, expr::ForeignLanguage::kPython);
  if (!python.empty()) RETURN_IF_ERROR(BeginPython(request, std::move(python), *all, options));
  for (const expr::ForeignFunction* function : request.functions) {
    const auto module = options.modules.find(function->full_name);
    if (module != options.modules.end()) module->second += ' ' + function->implementation;
  }
  job.functions = all;
  job.evaluation.foreign = all.get();
  // A job that has ended is listed, and kept, until its name is used again.
  options.ended = [all = all.get()] { all->Rest(); };
  return {};
}

namespace {

// What is recorded of a function's module; earlier builds did not record the name.
std::pair<std::string_view, std::string_view> HashAndName(std::string_view module) {
  const size_t blank = std::min(module.find(' '), module.size());
  return {module.substr(0, blank), module.substr(std::min(blank + 1, module.size()))};
}

}  // namespace

void SayChangedModules(const JobRequest& request, const CheckpointMetadata& from,
                       const task::JobOptions& options) {
  for (const expr::ForeignFunction* function : request.functions) {
    const auto before = from.modules.find(function->full_name);
    const auto now = options.modules.find(function->full_name);
    const bool known = before != from.modules.end() && now != options.modules.end();
    if (!known || before->second == now->second) continue;
    const auto [old_hash, old_name] = HashAndName(before->second);
    const auto [hash, name] = HashAndName(now->second);
    std::string what;
    if (old_hash != hash) {
      const bool native = function->language == expr::ForeignLanguage::kNative;
      what = fmt::format("the {} of {} ({}) has changed since this state was written",
                         native ? "library" : "module", function->shown_name,
                         expr::PlaceOf(*function));
    } else if (!old_name.empty()) {
      what = fmt::format("{} is {} now, and was {} when this state was written",
                         function->shown_name, name, old_name);
    }
    if (what.empty()) continue;
    options.say(what +
                "; if the function gives other values now, what is kept of them is of the "
                "old one: another VERSION says so");
  }
}

Status CheckLibrary(FileSystem& files, const ast::CreateFunction& create,
                    const expr::ForeignFunction& function) {
  const SourceSpan path = create.body->resources.front().path.span;
  const Result<native::LibraryFile> file = ReadLibrary(files, function.library);
  if (!file.ok()) return Status(file.status()).WithSpan(path);
  const Result<const native::Library*> library = native::LoadLibrary(*file);
  if (!library.ok()) return Status(library.status()).WithContext(function.library).WithSpan(path);
  const Result<const weir_function*> code =
      native::FindFunction(**library, function.implementation);
  if (!code.ok()) {
    return Status(code.status())
        .WithContext(function.library)
        .WithSpan(PlaceOr(create.body->implementation, create.name.span));
  }
  const Status bound = native::Instance::Bind(**code, function).status();
  return Status(bound)
      .WithContext(fmt::format("{} ({})", function.shown_name, function.library))
      .WithSpan(PlaceOr(create.signature->returns, create.name.span));
}

}  // namespace weir::shell
