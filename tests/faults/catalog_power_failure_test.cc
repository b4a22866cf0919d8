// The power fails at every change of a file while catalogs, databases, tables and views are created
// and dropped: the next process finds the catalog as it was before the statement or as it is after
// it, and goes on from there.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "planner/parse/parse.h"
#include "shell/engine/engine.h"
#include "shell/engine/session/query_view.h"
#include "tests/faults/child_exit.h"
#include "tests/faults/lost_write_file_system.h"
#include "tests/seed.h"
#include "tests/unit/scratch_directory.h"

namespace weir::faults {
namespace {

using shell::Engine;
using shell::LocalSession;

constexpr size_t kStatements = 25;

std::unique_ptr<Engine> Open(FileSystem& files, const std::string& root) {
  shell::EngineOptions options;
  options.ports = {&files, &Clock::System(), [](void*, std::string_view) { return Status(); },
                   nullptr, nullptr};
  options.data_directory = root + "/data";
  options.catalog = shell::SessionCatalog::kShared;
  return Engine::Open(std::move(options)).value();
}

// Errors are answers, too: a sequence drawn at random drops what is not there.
std::string Answer(LocalSession& session, const std::string& text) {
  const Result<ast::StatementPtr> parsed = parse::ParseStatement(text);
  if (!parsed.ok()) ADD_FAILURE() << text << ": " << parsed.status().ToString();
  if (!parsed.ok()) return "";
  shell::TableView view(10, TimeZone::Utc());
  const Result<shell::Answer> answer = session.Execute(**parsed, text, view);
  return answer.ok() ? answer->message : answer.status().ToString();
}

// Every catalog and database, and every object with its definition.
std::string StateOf(LocalSession& session) {
  session.session().catalog().Refresh();
  const catalog::Catalog& catalog = session.session().catalog();
  std::string state;
  const auto catalogs = catalog.ListCatalogs({});
  EXPECT_TRUE(catalogs.ok()) << catalogs.status().ToString();
  if (!catalogs.ok()) return "";
  for (const std::string& name : *catalogs) {
    const auto databases = catalog.ListDatabases(name, {}, {});
    if (!databases.ok()) return databases.status().ToString();
    state += fmt::format("{}: {}\n", name, fmt::join(*databases, " "));
  }
  const auto names = catalog.AllNames();
  EXPECT_TRUE(names.ok()) << names.status().ToString();
  if (!names.ok()) return "";
  for (const catalog::ObjectName& name : *names) {
    const auto object = catalog.FindExactly(name);
    if (!object.ok()) return object.status().ToString();
    state += catalog::DefinitionOf(**object).create + "\n";
  }
  return state;
}

std::string StateOf(const std::string& root) {
  const std::unique_ptr<Engine> engine = Open(FileSystem::Local(), root);
  return StateOf(engine->own());
}

class CatalogPowerFailureTest : public testing::Test {
 protected:
  static std::vector<std::string> Draw(uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto one = [&](std::initializer_list<const char*> of) {
      return std::string(of.begin()[random() % of.size()]);
    };
    std::vector<std::string> statements;
    while (statements.size() < kStatements) {
      const std::string catalog = one({"default_catalog", "default_catalog", "c"});
      const std::string database = catalog + "." + one({"default_database", "`d.1`"});
      const std::string rows = one({"1", "2", "3"});
      const bool is_table = random() % 2 == 0;
      const std::string object = database + (is_table ? ".a" : ".`b/c`");
      const std::string create =
          is_table ? fmt::format("TABLE {} (n INT) WITH ('connector' = 'inline', 'rows' = '{}')",
                                 object, rows)
                   : fmt::format("VIEW {} AS SELECT {} AS n", object, rows);
      switch (random() % 10) {
        case 0:
          statements.push_back(one({"CREATE CATALOG c", "CREATE CATALOG c", "DROP CATALOG c"}));
          break;
        case 1:
        case 2:
          statements.push_back("CREATE DATABASE " + database);
          break;
        case 3:
          statements.push_back(fmt::format("DROP DATABASE {} CASCADE", database));
          break;
        case 4:
        case 5:
          statements.push_back((is_table ? "DROP TABLE " : "DROP VIEW ") + object);
          break;
        case 6:
          statements.push_back("CREATE OR REPLACE " + create);
          break;
        default:
          statements.push_back("CREATE " + create);
      }
    }
    return statements;
  }

  void Clear() {
    ASSERT_TRUE(FileSystem::Local().RemoveRecursively(root_).ok());
    ASSERT_TRUE(FileSystem::Local().CreateDirectories(root_).ok());
  }

  // In a child process, with the power failing at a change of a file (0: never). It notes each
  // statement that it is done with; returns how many those were.
  size_t RunInChild(const std::vector<std::string>& statements, uint64_t change, uint64_t seed,
                    bool& failed) const {
    const pid_t child = ::fork();
    if (child == 0) {
      std::ofstream done(scratch_.path() + "/done");
      LostWriteFileSystem files(FileSystem::Local(), root_, seed);
      if (change > 0) files.PullPlugAt(change, [] { ::_exit(kPowerFailed); });
      const std::unique_ptr<Engine> engine = Open(files, root_);
      for (const std::string& statement : statements) {
        (void)Answer(engine->own(), statement);
        done << "." << std::flush;
      }
      std::ofstream(scratch_.path() + "/operations") << files.operations();
      // As if its process were killed: what was promised to be durable is all there is.
      files.PullPlug([] { ::_exit(0); });
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    failed = WEXITSTATUS(status) == kPowerFailed;
    return ReadFile(FileSystem::Local(), scratch_.path() + "/done").value().size();
  }

  // The state before each statement, and at the end.
  std::vector<std::string> States(const std::vector<std::string>& statements) {
    Clear();
    LostWriteFileSystem files(FileSystem::Local(), root_, 0);  // syncs nothing, which is quick
    const std::unique_ptr<Engine> engine = Open(files, root_);
    std::vector<std::string> states = {StateOf(engine->own())};
    for (const std::string& statement : statements) {
      (void)Answer(engine->own(), statement);
      states.push_back(StateOf(engine->own()));
    }
    return states;
  }

  // The rest of the statements, the one that was cut short first.
  void GoOn(const std::vector<std::string>& statements, size_t done, const std::string& end) {
    LostWriteFileSystem files(FileSystem::Local(), root_, 0);
    const std::unique_ptr<Engine> engine = Open(files, root_);
    for (size_t i = done; i < statements.size(); ++i) (void)Answer(engine->own(), statements[i]);
    EXPECT_EQ(StateOf(engine->own()), end);
  }

  const ScratchDirectory scratch_;
  const std::string root_ = scratch_.path() + "/root";
};

TEST_F(CatalogPowerFailureTest, LeavesTheOldCatalogOrTheNew) {
  constexpr uint64_t kSequences = 12;
  uint64_t failures = 0;
  for (uint64_t sequence = 0; sequence < kSequences; ++sequence) {
    const std::vector<std::string> statements = Draw(SeedOf(sequence));
    SCOPED_TRACE(fmt::format("{}", fmt::join(statements, ";\n")));
    const std::vector<std::string> states = States(statements);
    bool failed = true;
    for (uint64_t change = 1; failed; ++change) {
      Clear();
      // All that was not synced is lost, or some of it survives.
      const uint64_t survivors = change % 2 == 0 ? 0 : SeedOf(change);
      const size_t done = RunInChild(statements, change, survivors, failed);
      failures += failed;
      const std::string found = StateOf(root_);
      const bool old = found == states[done];
      const bool is_new = done < statements.size() && found == states[done + 1];
      ASSERT_TRUE(old || is_new) << "change " << change << " in statement " << done + 1 << " left\n"
                                 << found;
      GoOn(statements, done, states.back());
    }
  }
  EXPECT_GT(failures, kSequences * 10);
  RecordProperty("power_failures", std::to_string(failures));
}

}  // namespace
}  // namespace weir::faults
