// JSON documents that are built as trees: what is found by a path that leads to a node is that
// node, however the text is spelled, and texts that are damaged are malformed or another document,
// never anything else.
#include <gmock/gmock.h>

#include <functional>
#include <map>

#include "runtime/base/random.h"
#include "runtime/expr/json/json_options.h"
#include "runtime/expr/json/json_text.h"
#include "tests/seed.h"
#include "tests/unit/runtime/expr/expressions.h"

namespace weir::expr::testing {
namespace {

constexpr uint64_t kJsonSeed = 20261201;

// A JSON value; members are sorted and unique, as Flink writes them.
struct Tree {
  enum class Kind { kScalar, kArray, kObject };
  Kind kind = Kind::kScalar;
  std::string scalar;  // as JSON
  std::vector<Tree> elements;
  std::map<std::string, Tree> members;
};

// Scalars as JSON, and the text that JSON_VALUE gives for each; NULL gives NULL.
struct Scalar {
  std::string_view json;
  std::string_view text;
};
constexpr Scalar kScalars[] = {{"null", "NULL"},
                               {"true", "true"},
                               {"false", "false"},
                               {"0", "0"},
                               {"-12", "-12"},
                               {"2.50", "2.50"},
                               {"12345678901234567890123", "12345678901234567890123"},
                               {"\"\"", ""},
                               {"\"text\"", "text"},
                               {"\"{[,:]}\"", "{[,:]}"},
                               {"\"q\\\"\\\\\"", "q\"\\"},
                               {"\"\xC3\xA9\xF0\x9F\x98\x80\"", "\xC3\xA9\xF0\x9F\x98\x80"}};
constexpr std::string_view kNames[] = {"a", "ab", "b", "c d", "e.f", "\xC3\xBC"};

Tree RandomTree(Random& random, int depth) {
  Tree tree;
  const uint64_t pick = depth == 0 ? 0 : random.Below(3);
  if (pick == 0) {
    tree.scalar = kScalars[random.Below(std::size(kScalars))].json;
  } else if (pick == 1) {
    tree.kind = Tree::Kind::kArray;
    for (uint64_t n = random.Below(4); n > 0; --n) {
      tree.elements.push_back(RandomTree(random, depth - 1));
    }
  } else {
    tree.kind = Tree::Kind::kObject;
    for (uint64_t n = random.Below(4); n > 0; --n) {
      tree.members[std::string(kNames[random.Below(std::size(kNames))])] =
          RandomTree(random, depth - 1);
    }
  }
  return tree;
}

// Spells the tree; `blank` comes between all tokens.
void Append(const Tree& tree, const std::function<std::string()>& blank, std::string& text) {
  text += blank();
  bool first = true;
  const auto separate = [&] {
    if (!first) text += "," + blank();
    first = false;
  };
  switch (tree.kind) {
    case Tree::Kind::kScalar:
      text += tree.scalar;
      break;
    case Tree::Kind::kArray:
      text += "[";
      for (const Tree& element : tree.elements) {
        separate();
        Append(element, blank, text);
      }
      text += "]";
      break;
    case Tree::Kind::kObject:
      text += "{";
      for (const auto& [name, member] : tree.members) {
        separate();
        text += "\"" + name + "\"" + blank() + ":";
        Append(member, blank, text);
      }
      text += "}";
  }
  text += blank();
}

std::string Plain(const Tree& tree) {
  std::string text;
  Append(
      tree, [] { return std::string(); }, text);
  return text;
}

std::string Spaced(const Tree& tree, Random& random) {
  constexpr std::string_view kBlanks[] = {"", "", " ", "\n\t", "\r\n  "};
  std::string text;
  Append(
      tree, [&] { return std::string(kBlanks[random.Below(5)]); }, text);
  return text;
}

// Every node with the path that leads to it.
void Collect(const Tree& tree, const std::string& path,
             std::vector<std::pair<std::string, const Tree*>>& nodes) {
  nodes.emplace_back(path, &tree);
  for (size_t i = 0; i < tree.elements.size(); ++i) {
    Collect(tree.elements[i], path + "[" + std::to_string(i) + "]", nodes);
  }
  for (const auto& [name, member] : tree.members) Collect(member, path + "['" + name + "']", nodes);
}

std::string Ask(std::string_view function, const std::string& text, const std::string& path) {
  JsonOptions options;
  if (function == "JSON_EXISTS") options.on_error = JsonAnswer::kFalse;
  std::vector<Value> args = {S(text), S(path), S(options.ToText())};
  if (function == "JSON_VALUE") {
    args.push_back(N(Type::Null()));
    args.push_back(N(Type::Null()));
  }
  const auto call = BindCall(function, Literals(args), {});
  return call.ok() ? Show(EvaluateConstant(*call, Context())) : call.status().ToString();
}

std::string ValueText(const Tree& tree) {
  if (tree.kind != Tree::Kind::kScalar) return "NULL";
  for (const Scalar& scalar : kScalars) {
    if (scalar.json == tree.scalar) return std::string(scalar.text);
  }
  return "?";
}

TEST(JsonModelTest, PathsLeadToTheirNodes) {
  Random random(SeedOf(kJsonSeed));
  for (int i = 0; i < 150; ++i) {
    const Tree tree = RandomTree(random, 4);
    const std::string text = Spaced(tree, random);
    SCOPED_TRACE(text);
    std::vector<std::pair<std::string, const Tree*>> nodes;
    Collect(tree, "$", nodes);
    for (const auto& [path, node] : nodes) {
      for (const std::string& mode : {std::string(), std::string("lax "), std::string("strict ")}) {
        const bool nested = node->kind != Tree::Kind::kScalar;
        ASSERT_EQ(Ask("JSON_VALUE", text, mode + path), ValueText(*node)) << mode << path;
        ASSERT_EQ(Ask("JSON_QUERY", text, mode + path), nested ? Plain(*node) : "NULL")
            << mode << path;
      }
      // A path to null finds it only where it must be there.
      const bool null = node->scalar == "null";
      ASSERT_EQ(Ask("JSON_EXISTS", text, path), null ? "FALSE" : "TRUE") << path;
    }
  }
}

TEST(JsonModelTest, PathsThatLeadNowhereFindNothing) {
  Random random(SeedOf(kJsonSeed));
  for (int i = 0; i < 150; ++i) {
    const Tree tree = RandomTree(random, 3);
    const std::string text = Plain(tree);
    std::vector<std::pair<std::string, const Tree*>> nodes;
    Collect(tree, "$", nodes);
    for (const auto& [path, node] : nodes) {
      const std::string beyond = path + "[" + std::to_string(node->elements.size()) + "]";
      const std::string missing = path + "['no such name']";
      for (const std::string& nowhere : {beyond, missing}) {
        ASSERT_EQ(Ask("JSON_EXISTS", text, nowhere), "FALSE") << text << " " << nowhere;
        ASSERT_EQ(Ask("JSON_VALUE", text, nowhere), "NULL") << text << " " << nowhere;
        ASSERT_EQ(Ask("JSON_QUERY", text, nowhere), "NULL") << text << " " << nowhere;
      }
    }
  }
}

// What a document is written as is read as the same document, and written in the same way.
std::string Written(const JsonNode& root) {
  TextBuilder out;
  AppendJson(root, out);
  return std::string(out.view());
}

TEST(JsonModelTest, WhatIsWrittenIsReadAgain) {
  Random random(SeedOf(kJsonSeed));
  JsonDocument document;
  for (int i = 0; i < 300; ++i) {
    const Tree tree = RandomTree(random, 5);
    const std::string text = Plain(tree);
    const std::string spaced = Spaced(tree, random);
    const JsonNode* root = document.Parse(spaced);
    ASSERT_NE(root, nullptr) << text;
    ASSERT_TRUE(document.whole()) << ::testing::PrintToString(spaced);
    ASSERT_EQ(Written(*root), text);
  }
}

TEST(JsonModelTest, DamagedTextsAreOtherDocumentsOrNone) {
  Random random(SeedOf(kJsonSeed));
  JsonDocument document;
  int malformed = 0;
  int others = 0;
  for (int i = 0; i < 60; ++i) {
    const std::string text = Plain(RandomTree(random, 3));
    for (size_t at = 0; at <= text.size(); ++at) {
      for (const std::string& damage : {std::string(), std::string("\""), std::string("}"),
                                        std::string("\\"), std::string(1, '\0')}) {
        // The text up to `at`, then the damage instead of one character.
        const std::string rest = damage.empty() || at == text.size() ? "" : text.substr(at + 1);
        const std::string damaged = text.substr(0, at) + damage + rest;
        const JsonNode* root = document.Parse(damaged);
        if (root == nullptr) {
          ++malformed;
          continue;
        }
        ++others;
        const std::string written = Written(*root);
        JsonDocument again;
        const JsonNode* same = again.Parse(written);
        ASSERT_NE(same, nullptr) << damaged << " was read as " << written;
        ASSERT_EQ(Written(*same), written);
      }
    }
  }
  EXPECT_GT(malformed, 100);
  EXPECT_GT(others, 100);
}

}  // namespace
}  // namespace weir::expr::testing
