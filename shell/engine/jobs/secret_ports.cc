#include "shell/engine/jobs/secret_ports.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/forwarding_source.h"
#include "runtime/graph/secret_reference.h"
#include "runtime/graph/secret_text.h"
#include "runtime/timed_sink_writer.h"

namespace weir::shell {
namespace {

constexpr std::string_view kStars = "******";

// The secrets that one source or sink was given, and what it reports with ****** in their place.
class Values {
 public:
  void Add(std::string value) { values_.push_back(std::move(value)); }
  bool empty() const { return values_.empty(); }

  Status Hide(Status status) const {
    if (status.ok()) return status;
    Status hidden = Status(status.code(), Without(status.message()))
                        .WithId(status.id())
                        .WithHint(Without(status.hint()));
    return status.span() ? std::move(hidden).WithSpan(*status.span()) : hidden;
  }
  template <typename T>
  Result<T> Hide(Result<T> result) const {
    return result.ok() ? std::move(result) : Result<T>(Hide(std::move(result).status()));
  }

 private:
  std::string Without(std::string text) const {
    for (const std::string& value : values_) {
      for (size_t at = text.find(value); at != std::string::npos;
           at = text.find(value, at + kStars.size()))
        text.replace(at, value.size(), kStars);
    }
    return text;
  }

  std::vector<std::string> values_;  // none is empty
};
using ValuesPtr = std::shared_ptr<const Values>;

class HidingReader final : public SplitReader {
 public:
  HidingReader(std::unique_ptr<SplitReader> reader, ValuesPtr values)
      : values_(std::move(values)), reader_(std::move(reader)) {}

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    return values_->Hide(reader_->Read(max_rows, out));
  }
  std::string Position() const override { return reader_->Position(); }
  ReaderStatistics statistics() const override { return reader_->statistics(); }

 private:
  const ValuesPtr values_;
  const std::unique_ptr<SplitReader> reader_;
};

class HidingKeyReader final : public KeyReader {
 public:
  HidingKeyReader(std::unique_ptr<KeyReader> reader, ValuesPtr values)
      : values_(std::move(values)), reader_(std::move(reader)) {}

  Result<Batch> Find(const Batch& keys) override { return values_->Hide(reader_->Find(keys)); }

 private:
  const ValuesPtr values_;
  const std::unique_ptr<KeyReader> reader_;
};

class HidingSource final : public ForwardingSource {
 public:
  HidingSource(std::unique_ptr<Source> source, ValuesPtr values)
      : ForwardingSource(std::move(source)), values_(std::move(values)) {}

  Result<std::vector<Split>> Discover() override {
    return values_->Hide(ForwardingSource::Discover());
  }
  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    Result<std::unique_ptr<SplitReader>> reader = ForwardingSource::Open(split);
    if (!reader.ok()) return values_->Hide(std::move(reader).status());
    return std::unique_ptr<SplitReader>(
        std::make_unique<HidingReader>(*std::move(reader), values_));
  }
  Result<std::unique_ptr<KeyReader>> OpenByKey(const std::vector<int>& columns) override {
    Result<std::unique_ptr<KeyReader>> reader = ForwardingSource::OpenByKey(columns);
    if (!reader.ok()) return values_->Hide(std::move(reader).status());
    return std::unique_ptr<KeyReader>(
        std::make_unique<HidingKeyReader>(*std::move(reader), values_));
  }
  Status Remember(const Split& split) override {
    return values_->Hide(ForwardingSource::Remember(split));
  }

 private:
  const ValuesPtr values_;
};

class HidingWriter final : public TimedSinkWriter {
 public:
  HidingWriter(std::unique_ptr<SinkWriter> writer, ValuesPtr values)
      : values_(std::move(values)),
        writer_(std::move(writer)),
        timed_(dynamic_cast<TimedSinkWriter*>(writer_.get())) {}

  Status Write(const Batch& batch) override { return values_->Hide(writer_->Write(batch)); }
  Status OnWatermark(Timestamp watermark) override {
    return values_->Hide(writer_->OnWatermark(watermark));
  }
  Result<PreCommitted> PreCommit(uint64_t checkpoint_id) override {
    Result<PreCommitted> made = values_->Hide(writer_->PreCommit(checkpoint_id));
    if (!made.ok() || made->sync == nullptr) return made;
    made->sync = [sync = std::move(made->sync), values = values_] { return values->Hide(sync()); };
    return made;
  }
  Status Finish() override { return values_->Hide(writer_->Finish()); }
  Status OnProcessingTime(Timestamp now) override {
    return timed_ == nullptr ? Status() : values_->Hide(timed_->OnProcessingTime(now));
  }
  Timestamp NextProcessingTime() const override {
    return timed_ == nullptr ? Timestamp::Max() : timed_->NextProcessingTime();
  }

 private:
  const ValuesPtr values_;
  const std::unique_ptr<SinkWriter> writer_;
  TimedSinkWriter* const timed_;  // writer_, if it is one
};

class HidingCommitter final : public SinkCommitter {
 public:
  HidingCommitter(std::unique_ptr<SinkCommitter> committer, ValuesPtr values)
      : values_(std::move(values)), committer_(std::move(committer)) {}

  Status Announce(uint64_t checkpoint_id) override {
    return values_->Hide(committer_->Announce(checkpoint_id));
  }
  Status Commit(std::span<const std::string> committables) override {
    return values_->Hide(committer_->Commit(committables));
  }
  Status Fence(const SavedOutput* saved) override {
    return values_->Hide(committer_->Fence(saved));
  }
  Result<Recovered> Recover(const SavedOutput* saved, uint64_t attempt) override {
    return values_->Hide(committer_->Recover(saved, attempt));
  }
  Result<std::vector<OutputRows>> Detach(std::span<const std::string> committables) override {
    return values_->Hide(committer_->Detach(committables));
  }

 private:
  const ValuesPtr values_;
  const std::unique_ptr<SinkCommitter> committer_;
};

class HidingSink final : public Sink {
 public:
  HidingSink(std::unique_ptr<Sink> sink, ValuesPtr values)
      : values_(std::move(values)), sink_(std::move(sink)) {}

  std::string Place() const override { return sink_->Place(); }
  Result<MissingOutput> FindMissing(const SavedOutput& saved) const override {
    return values_->Hide(sink_->FindMissing(saved));
  }
  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t subtask, uint64_t attempt) override {
    Result<std::unique_ptr<SinkWriter>> writer = sink_->OpenWriter(subtask, attempt);
    if (!writer.ok()) return values_->Hide(std::move(writer).status());
    return std::unique_ptr<SinkWriter>(std::make_unique<HidingWriter>(*std::move(writer), values_));
  }
  Result<std::unique_ptr<SinkCommitter>> OpenCommitter() override {
    Result<std::unique_ptr<SinkCommitter>> committer = sink_->OpenCommitter();
    if (!committer.ok()) return values_->Hide(std::move(committer).status());
    return std::unique_ptr<SinkCommitter>(
        std::make_unique<HidingCommitter>(*std::move(committer), values_));
  }

 private:
  const ValuesPtr values_;
  const std::unique_ptr<Sink> sink_;
};

// Puts values into `options`, and notes them in `used`.
Status PutSecrets(graph::TableOptions& options, const std::string& table, const Secrets& secrets,
                  Values& used) {
  for (graph::TableOption& option : options) {
    Result<std::string> value =
        graph::WithSecrets(option.value, [&](const std::string& name) -> Result<std::string> {
          std::string secret = TRY(secrets.Value(name));
          used.Add(secret);
          return secret;
        });
    if (!value.ok()) {
      return std::move(value).status().WithContext(
          fmt::format("option '{}' of table {}", option.key, table));
    }
    option.value = *std::move(value);
  }
  return {};
}

// The spec with the values of secrets, which are noted in `used` as those in clear are.
template <typename Spec>
Result<Spec> Given(Spec spec, const Secrets& secrets, Values& used) {
  for (const graph::TableOption& option : spec.options) {
    for (std::string& text : graph::SecretTexts(option.key, option.value))
      used.Add(std::move(text));
  }
  RETURN_IF_ERROR(PutSecrets(spec.options, spec.table, secrets, used));
  return spec;
}

// Calls `make` with a spec whose options have the values of secrets, and wraps the result in a
// Hiding, which keeps these, and those in clear, out of failures.
template <typename Hiding, typename Made, typename Spec>
Result<std::unique_ptr<Made>> MakeHiding(
    const std::function<Result<std::unique_ptr<Made>>(const Spec&)>& make, const Spec& spec,
    const Secrets& secrets) {
  auto used = std::make_shared<Values>();
  Result<std::unique_ptr<Made>> made = make(TRY(Given(spec, secrets, *used)));
  if (used->empty()) return made;
  if (!made.ok()) return used->Hide(std::move(made).status());
  return std::unique_ptr<Made>(std::make_unique<Hiding>(*std::move(made), std::move(used)));
}

}  // namespace

Result<graph::TableOptions> WithSecrets(const graph::TableOptions& options,
                                        const std::string& table, const Secrets& secrets) {
  graph::TableOptions with_values = options;
  Values used;
  RETURN_IF_ERROR(PutSecrets(with_values, table, secrets, used));
  return with_values;
}

Status CheckSource(const graph::ScanSpec& spec, const connectors::ConnectorContext& context,
                   const Secrets& secrets) {
  Values used;
  return used.Hide(connectors::CheckSource(TRY(Given(spec, secrets, used)), context));
}

Status CheckSink(const graph::SinkSpec& spec, const connectors::ConnectorContext& context,
                 const Secrets& secrets) {
  Values used;
  return used.Hide(connectors::CheckSink(TRY(Given(spec, secrets, used)), context));
}

task::JobPorts WithSecrets(task::JobPorts ports, const Secrets& secrets) {
  ports.make_source = [make = std::move(ports.make_source), secrets](const graph::ScanSpec& spec) {
    return MakeHiding<HidingSource>(make, spec, secrets);
  };
  ports.make_sink = [make = std::move(ports.make_sink), secrets](const graph::SinkSpec& spec) {
    return MakeHiding<HidingSink>(make, spec, secrets);
  };
  return ports;
}

}  // namespace weir::shell
