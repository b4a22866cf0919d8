#include "runtime/operators/join/asked_rows.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "runtime/base/interruption.h"
#include "runtime/graph/asked_keys.h"
#include "runtime/mutex.h"
#include "runtime/operators/join/lookup_cache.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

std::string_view KeyAt(const std::string& bytes, const std::vector<size_t>& ends, uint32_t row) {
  const size_t begin = row == 0 ? 0 : ends[row - 1];
  return std::string_view(bytes).substr(begin, ends[row] - begin);
}

// A reader and what makes the lookup's rows of its rows; used by one thread at a time.
struct Asker {
  std::unique_ptr<KeyReader> reader;
  std::unique_ptr<expr::Evaluator> evaluator;
};

// One key of a batch, and its rows.
struct Wanted {
  uint32_t first = 0;  // the first row of the batch with it
  KeyRows rows;        // of the cache, where `cached`; else an answer has them
  bool cached = false;
  size_t answer = 0;               // the number of the answer to which it was asked last …
  std::vector<uint32_t> answered;  // … and its rows there
  bool is_missing() const { return !cached && answered.empty(); }
};

// The keys of one batch, each once.
struct WantedKeys {
  std::unordered_map<std::string_view, uint32_t> places;
  std::vector<Wanted> wanted;
  std::vector<uint32_t> place_of;  // of each keyed row
};

class Asked final : public LookupRows {
 public:
  Asked(LookupSetup setup, const graph::ReloadRule& rule, std::unique_ptr<Source> source)
      : spec_(*setup.spec),
        uid_(std::move(setup.uid)),
        evaluation_(*setup.evaluation),
        asked_(graph::AskedKeysOf(spec_)),
        source_(std::move(source)),
        state_(std::move(setup.state)) {
    if (rule.cache.keeps) cache_.emplace(rule.cache, *setup.clock, setup.memory_bytes);
  }

  Status Open() {
    Asker asker = TRY(Take());
    GiveBack(std::move(asker));
    return {};
  }

  Status Find(const JoinBatch& batch, const std::vector<int>& keys,
              LookupMatches& matches) const override {
    matches.own.clear();
    matches.other.clear();
    matches.rows = NoRows();
    const Batch& keyed = batch.keyed;
    if (keyed.empty()) return {};
    std::vector<ColumnPtr> columns;
    for (const int key : keys) columns.push_back(keyed.columns[static_cast<size_t>(key)]);
    matches.keys.clear();
    matches.ends.clear();
    AppendKeys(columns, keyed.row_count, matches.keys, matches.ends);
    WantedKeys all = KeysOf(keyed, matches);
    TakeCached(all);
    PutRows(keyed, all, TRY(AskUntilFound(keyed, all)), matches);
    return {};
  }

  uint64_t row_count() const override {
    const MutexLock lock(mutex_);
    return cache_ ? cache_->rows() : 0;
  }
  uint64_t retries() const override { return retries_.load(std::memory_order_relaxed); }

 private:
  Batch NoRows() const {
    Batch none;
    for (const Field& field : spec_.shape.right.schema.fields)
      none.columns.push_back(Column::Make(field.type, 0));
    return none;
  }

  static WantedKeys KeysOf(const Batch& keyed, const LookupMatches& matches) {
    WantedKeys all;
    for (uint32_t i = 0; i < keyed.size(); ++i) {
      const uint32_t row = keyed.RowAt(i);
      const auto [place, added] =
          all.places.try_emplace(KeyAt(matches.keys, matches.ends, row), all.wanted.size());
      if (added) all.wanted.push_back({.first = row});
      all.place_of.push_back(place->second);
    }
    return all;
  }

  void TakeCached(WantedKeys& all) const {
    const MutexLock lock(mutex_);
    if (!cache_) return;
    for (const auto& [key, place] : all.places) {
      const KeyRows* const rows = cache_->Find(key);
      if (rows == nullptr) continue;
      all.wanted[place].rows = *rows;
      all.wanted[place].cached = true;
    }
  }

  // Asks for the keys that the cache lacks, and again for those without a row as long as the retry
  // says.
  Result<std::vector<Batch>> AskUntilFound(const Batch& keyed, WantedKeys& all) const {
    std::vector<Batch> answers;
    for (int64_t tries = 0; tries <= spec_.retry.attempts; ++tries) {
      const auto missing = static_cast<uint64_t>(
          std::ranges::count_if(all.wanted, [](const Wanted& one) { return one.is_missing(); }));
      if (missing == 0) break;
      if (tries > 0) {
        Wait();
        retries_.fetch_add(missing, std::memory_order_relaxed);
      }
      answers.push_back(TRY(Ask(keyed, answers.size(), all)));
    }
    return answers;
  }

  // Lets a job that is cancelled go.
  void Wait() const {
    constexpr int64_t kGlanceMillis = 20;
    for (int64_t left = spec_.retry.delay_millis; left > 0; left -= kGlanceMillis) {
      CheckInterrupted();
      Clock::System().Sleep(std::chrono::milliseconds(std::min(left, kGlanceMillis)));
    }
  }

  // Asks for the keys without a row, finds out whose the rows are that come, and caches them.
  Result<Batch> Ask(const Batch& keyed, size_t number, WantedKeys& all) const {
    std::vector<uint32_t> missing;
    for (Wanted& wanted : all.wanted) {
      if (!wanted.is_missing()) continue;
      missing.push_back(wanted.first);
      wanted.answer = number;
    }
    Batch keys;
    keys.row_count = static_cast<uint32_t>(missing.size());
    for (const graph::AskedKey& key : asked_) {
      const Column& values = *keyed.columns[static_cast<size_t>(key.left)];
      keys.columns.push_back(GatherColumn(values, missing.data(), keys.row_count));
    }
    // A reader that failed or was interrupted is not used again.
    Asker asker = TRY(Take());
    Batch answer = TRY(RowsOf(asker, TRY(asker.reader->Find(keys))));
    GiveBack(std::move(asker));
    Distribute(answer, number, all);
    KeepAnswer(answer, number, all);
    return answer;
  }

  static Result<Batch> RowsOf(Asker& asker, Batch read) {
    Batch rows;
    if (read.row_count > 0) {
      RETURN_IF_ERROR(asker.evaluator->FilterAndEvaluate(read, rows.columns));
      if (!read.empty()) {
        rows.row_count = read.row_count;
        rows.selection = std::move(read.selection);
        return Compact(std::move(rows));
      }
    }
    return Batch();
  }

  // The table may find more than we do, as it compares in its own way: here our equality counts.
  void Distribute(const Batch& answer, size_t number, WantedKeys& all) const {
    if (answer.row_count == 0) return;
    JoinBatch keyed;
    keyed.Take(answer, spec_.shape.right.keys, spec_.shape.null_safe);
    if (keyed.keyed.empty()) return;
    std::vector<ColumnPtr> columns;
    for (const int key : spec_.shape.right.keys)
      columns.push_back(answer.columns[static_cast<size_t>(key)]);
    std::string bytes;
    std::vector<size_t> ends;
    AppendKeys(columns, answer.row_count, bytes, ends);
    for (uint32_t i = 0; i < keyed.keyed.size(); ++i) {
      const uint32_t row = keyed.keyed.RowAt(i);
      const auto place = all.places.find(KeyAt(bytes, ends, row));
      if (place == all.places.end()) continue;
      Wanted& wanted = all.wanted[place->second];
      if (!wanted.cached && wanted.answer == number) wanted.answered.push_back(row);
    }
  }

  // Not that a key has no row, where it is to be asked for again.
  void KeepAnswer(const Batch& answer, size_t number, const WantedKeys& all) const {
    const MutexLock lock(mutex_);
    if (!cache_) return;
    for (const auto& [key, place] : all.places) {
      const Wanted& wanted = all.wanted[place];
      if (wanted.cached || wanted.answer != number) continue;
      if (wanted.is_missing() && spec_.retry.attempts > 0) continue;
      cache_->Put(key, Copied(answer, wanted.answered));
    }
    state_->ReportMemory(uid_, cache_->bytes());
  }

  // With bytes of its own: a cached row must not keep a whole answer alive.
  static KeyRows Copied(const Batch& answer, const std::vector<uint32_t>& rows) {
    KeyRows copy;
    if (rows.empty()) return copy;
    for (const ColumnPtr& column : answer.columns) {
      ColumnBuilder builder(column->type(), static_cast<uint32_t>(rows.size()));
      for (const uint32_t row : rows) builder.AppendFrom(*column, row);
      copy.columns.push_back(builder.Finish());
    }
    copy.row_count = static_cast<uint32_t>(rows.size());
    return copy;
  }

  // The rows of all keys, one key's after the other, and which row of the batch has which.
  void PutRows(const Batch& keyed, const WantedKeys& all, const std::vector<Batch>& answers,
               LookupMatches& matches) const {
    std::vector<std::pair<const Batch*, uint32_t>> rows;
    std::vector<uint32_t> begins;
    for (const Wanted& wanted : all.wanted) {
      begins.push_back(static_cast<uint32_t>(rows.size()));
      for (uint32_t i = 0; wanted.cached && i < wanted.rows.row_count; ++i)
        rows.emplace_back(&wanted.rows, i);
      for (const uint32_t row : wanted.answered) rows.emplace_back(&answers[wanted.answer], row);
    }
    begins.push_back(static_cast<uint32_t>(rows.size()));
    if (rows.empty()) return;
    matches.rows = Gathered(rows);
    for (uint32_t i = 0; i < keyed.size(); ++i) {
      const uint32_t place = all.place_of[i];
      for (uint32_t found = begins[place]; found < begins[place + 1]; ++found) {
        matches.own.push_back(keyed.RowAt(i));
        matches.other.push_back(found);
      }
    }
  }

  Batch Gathered(const std::vector<std::pair<const Batch*, uint32_t>>& rows) const {
    Batch gathered;
    const std::vector<Field>& fields = spec_.shape.right.schema.fields;
    for (size_t column = 0; column < fields.size(); ++column) {
      ColumnBuilder builder(fields[column].type, static_cast<uint32_t>(rows.size()));
      for (const auto& [batch, row] : rows) builder.AppendFrom(*batch->columns[column], row);
      gathered.columns.push_back(builder.Finish());
    }
    gathered.row_count = static_cast<uint32_t>(rows.size());
    return gathered;
  }

  // An asker that nobody else uses meanwhile.
  Result<Asker> Take() const {
    {
      const MutexLock lock(mutex_);
      if (!idle_.empty()) {
        Asker asker = std::move(idle_.back());
        idle_.pop_back();
        return asker;
      }
    }
    std::vector<int> columns;
    for (const graph::AskedKey& key : asked_) columns.push_back(key.scan);
    Asker asker;
    asker.reader = TRY(source_->OpenByKey(columns));
    asker.evaluator = TRY(expr::MakeEvaluator(spec_.projections, evaluation_, spec_.filter));
    return asker;
  }
  void GiveBack(Asker asker) const {
    const MutexLock lock(mutex_);
    idle_.push_back(std::move(asker));
  }

  const graph::LookupSpec& spec_;
  const std::string uid_;
  const expr::EvaluationContext& evaluation_;
  const std::vector<graph::AskedKey> asked_;
  mutable std::atomic<uint64_t> retries_{0};
  const std::unique_ptr<Source> source_;
  mutable Mutex mutex_;
  const std::unique_ptr<TaskState> state_ WEIR_POINTER_GUARDED_BY(mutex_);
  mutable std::optional<LookupCache> cache_ WEIR_GUARDED_BY(mutex_);  // nothing: none is kept
  mutable std::vector<Asker> idle_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace

Result<std::shared_ptr<const LookupRows>> AskedRows(LookupSetup setup,
                                                    const graph::ReloadRule& rule) {
  std::unique_ptr<Source> source = std::move(setup.source);
  auto rows = std::make_shared<Asked>(std::move(setup), rule, std::move(source));
  RETURN_IF_ERROR(rows->Open());
  return std::shared_ptr<const LookupRows>(std::move(rows));
}

}  // namespace weir::operators
