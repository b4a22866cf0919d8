// An engine in a directory of its own, for tests of what sits in it and on top of it.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "planner/parse/parse.h"
#include "shell/engine/engine.h"
#include "tests/unit/scratch_directory.h"
#include "tests/unit/shell/csv_text.h"

namespace weir::shell {

class EngineTest : public testing::Test {
 protected:
  EngineTest() { Open(); }

  void Open(JobListener* listener = nullptr) {
    engine_.reset();
    EngineOptions options;
    options.ports = {&FileSystem::Local(), &Clock::System(),
                     [](void*, std::string_view) { return Status(); }, nullptr, listener};
    options.data_directory = directory_ + "/data";
    Result<std::unique_ptr<Engine>> engine = Engine::Open(std::move(options));
    ASSERT_TRUE(engine.ok()) << engine.status().ToString();
    engine_ = std::move(*engine);
  }

  Result<Answer> Run(const std::string& text) { return RunIn(engine_->own(), text); }

  static Result<Answer> RunIn(LocalSession& session, const std::string& text) {
    Result<Answer> answer = Status::Internal("no statement");
    for (const SourceSpan part : parse::SplitScript(text)) {
      const Result<ast::StatementPtr> statement = parse::ParseStatementAt(text, part);
      if (!statement.ok()) return statement.status();
      TableView view(1000, TimeZone::Utc());
      answer = session.Execute(**statement, text, view);
      if (!answer.ok()) return answer;
    }
    return answer;
  }

  // The rows of the last statement as csv, or its error.
  std::string Csv(const std::string& text) {
    const Result<Answer> answer = Run(text);
    if (!answer.ok()) return answer.status().ToString();
    return answer->table ? CsvText(*answer->table) : answer->message;
  }

  std::string Table(const std::string& name) {
    return "CREATE TABLE " + name +
           " (n INT, label STRING) WITH ('connector' = 'filesystem', 'path' = '" + directory_ +
           "/" + name + "', 'format' = 'csv');\n";
  }
  void Write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(FileSystem::Local()
                    .CreateDirectories(directory_ + "/" + path.substr(0, path.find('/')))
                    .ok());
    ASSERT_TRUE(WriteFileAtomically(FileSystem::Local(), directory_ + "/" + path, text).ok());
  }

  std::string Followed(const std::string& name) {
    return "CREATE TABLE " + name +
           " (n INT, label STRING) WITH ('connector' = 'filesystem', 'path' = '" + directory_ +
           "/" + name + "', 'format' = 'csv', 'source.monitor-interval' = '20 ms');\n";
  }
  // The bytes of the only record.
  std::string RecordBytes() {
    const auto jobs = FileSystem::Local().List(directory_ + "/data/jobs");
    if (!jobs.ok() || jobs->size() != 1) return "not one job";
    return ReadFile(FileSystem::Local(), jobs->front().path + "/job").value();
  }

  const ScratchDirectory scratch_;
  const std::string& directory_ = scratch_.path();
  std::unique_ptr<Engine> engine_;
};

}  // namespace weir::shell
