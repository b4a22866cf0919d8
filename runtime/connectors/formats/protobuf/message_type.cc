#include "runtime/connectors/formats/protobuf/message_type.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "runtime/base/names.h"
#include "runtime/connectors/formats/protobuf/java_names.h"
#include "runtime/file_system.h"

namespace weir::connectors::protobuf {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;

constexpr uint64_t kMostFileBytes = 64 << 20;

// Keeps the first complaint of the pool, which would else be printed.
class FirstError final : public DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element,
                const google::protobuf::Message*, ErrorLocation, const std::string& why) override {
    if (text_.empty()) text_ = fmt::format("{}: {}: {}", file, element, why);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

Status WrongSet(std::string why) {
  return Status::DataError(std::move(why));
}

// The first file that it imports and that is not in the pool; null where there is none.
const std::string* MissingImport(const FileDescriptorProto& file, const DescriptorPool& pool) {
  for (const std::string& import : file.dependency()) {
    if (pool.FindFileByName(import) == nullptr) return &import;
  }
  return nullptr;
}

// Each file goes behind those that it imports, which is the order of protoc's sets already.
Status AddFiles(const google::protobuf::FileDescriptorSet& set, DescriptorPool& pool) {
  std::vector<const FileDescriptorProto*> left;
  for (const FileDescriptorProto& file : set.file()) left.push_back(&file);
  while (!left.empty()) {
    std::vector<const FileDescriptorProto*> later;
    for (const FileDescriptorProto* file : left) {
      if (MissingImport(*file, pool) != nullptr) {
        later.push_back(file);
        continue;
      }
      FirstError error;
      if (pool.BuildFileCollectingErrors(*file, &error) == nullptr) return WrongSet(error.text());
    }
    if (later.size() == left.size()) {
      return WrongSet(fmt::format("it has no '{}', which '{}' imports",
                                  *MissingImport(*left.front(), pool), left.front()->name()))
          .WithHint("protoc --include_imports --descriptor_set_out=FILE … adds what is imported");
    }
    left = std::move(later);
  }
  return {};
}

void AddMessages(const Descriptor& message, std::vector<const Descriptor*>& all) {
  if (message.options().map_entry()) return;
  all.push_back(&message);
  for (int i = 0; i < message.nested_type_count(); ++i) AddMessages(*message.nested_type(i), all);
}

std::vector<const Descriptor*> MessagesOf(const google::protobuf::FileDescriptorSet& set,
                                          const DescriptorPool& pool) {
  std::vector<const Descriptor*> all;
  for (const FileDescriptorProto& one : set.file()) {
    const FileDescriptor& file = *pool.FindFileByName(one.name());
    for (int i = 0; i < file.message_type_count(); ++i) AddMessages(*file.message_type(i), all);
  }
  return all;
}

Status NoMessage(std::string_view name, const std::vector<const Descriptor*>& all) {
  std::vector<std::string> names;
  for (const Descriptor* message : all) names.push_back(message->full_name());
  std::string hint = DidYouMean(name, names);
  constexpr size_t kFew = 10;
  const bool few = names.size() <= kFew;
  names.resize(std::min(names.size(), kFew));
  if (hint.empty() && !names.empty())
    hint = fmt::format("its messages are {}{}", fmt::join(names, ", "), few ? "" : ", …");
  return Status::NotFound(fmt::format("the descriptor file has no message '{}'", name))
      .WithHint(std::move(hint));
}

// Flink's own documents write the '$' of nested classes as a dot, too.
const Descriptor* FindMessage(std::string_view name, const std::vector<const Descriptor*>& all) {
  std::string dotted(name);
  std::ranges::replace(dotted, '$', '.');
  for (const Descriptor* message : all) {
    if (message->full_name() == dotted) return message;
  }
  for (const Descriptor* message : all) {
    std::string java = JavaClassOf(*message);
    std::ranges::replace(java, '$', '.');
    if (java == dotted) return message;
  }
  return nullptr;
}

bool HasRequired(const Descriptor& root) {
  std::set<const Descriptor*> seen = {&root};
  std::vector<const Descriptor*> open = {&root};
  while (!open.empty()) {
    const Descriptor& message = *open.back();
    open.pop_back();
    for (int i = 0; i < message.field_count(); ++i) {
      if (message.field(i)->is_required()) return true;
      const Descriptor* const within = message.field(i)->message_type();
      if (within != nullptr && seen.insert(within).second) open.push_back(within);
    }
  }
  return false;
}

}  // namespace

MessageType::MessageType() = default;
MessageType::~MessageType() = default;

const std::string& MessageType::name() const {
  return descriptor_->full_name();
}

std::unique_ptr<google::protobuf::Message> MessageType::NewMessage() const {
  return std::unique_ptr<google::protobuf::Message>(prototype_->New());
}

Result<std::shared_ptr<const MessageType>> MessageType::Parse(std::string_view bytes,
                                                              std::string_view name) {
  // The library would write what it thinks of texts in wrong encodings to standard error.
  [[maybe_unused]] static google::protobuf::LogHandler* const former =
      google::protobuf::SetLogHandler(nullptr);
  google::protobuf::FileDescriptorSet set;
  if (bytes.size() > kMostFileBytes ||
      !set.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || set.file().empty()) {
    return WrongSet("it is no descriptor file")
        .WithHint(
            "protoc --include_imports --descriptor_set_out=FILE x.proto makes one of x.proto");
  }
  std::shared_ptr<MessageType> type(new MessageType());
  type->pool_ = std::make_unique<DescriptorPool>();
  RETURN_IF_ERROR(AddFiles(set, *type->pool_));
  const std::vector<const Descriptor*> all = MessagesOf(set, *type->pool_);
  type->descriptor_ = FindMessage(name, all);
  if (type->descriptor_ == nullptr) return NoMessage(name, all);
  type->has_required_ = HasRequired(*type->descriptor_);
  type->factory_ = std::make_unique<google::protobuf::DynamicMessageFactory>(type->pool_.get());
  type->prototype_ = type->factory_->GetPrototype(type->descriptor_);
  return std::shared_ptr<const MessageType>(std::move(type));
}

Result<std::shared_ptr<const MessageType>> MessageType::Load(const std::string& path,
                                                             std::string_view name) {
  FileSystem& files = FileSystem::Local();
  const Result<FileInfo> info = files.Stat(path);
  if (!info.ok()) return WrongSet(info.status().message());
  // A pipe might never end.
  if (!info->is_regular) return WrongSet(fmt::format("{} is no regular file", path));
  if (info->bytes > kMostFileBytes) return WrongSet(fmt::format("{} has more than 64 MiB", path));
  const Result<std::string> bytes = ReadFile(files, path);
  if (!bytes.ok()) return WrongSet(bytes.status().message());
  return Parse(*bytes, name);
}

}  // namespace weir::connectors::protobuf
