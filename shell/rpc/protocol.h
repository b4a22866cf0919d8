// How our own shell talks to the process that has a data directory open: HiveServer2's protocol
// (TCLIService.thrift), binary and buffered, over a Unix socket (local_socket.h).
//
// A session's configuration and a statement's overlay say what the protocol has no field for, under
// the keys below. A statement whose overlay has `weir.call` is none: it asks for what EngineSession
// has besides statements, and is answered at once in `infoMessages`.
#pragma once

#include <cstdint>
#include <string_view>

namespace weir::rpc {

// In OpenSession's configuration. Both sides must be of one version.
inline constexpr std::string_view kVersionKey = "weir.version";
inline constexpr std::string_view kDirectoryKey = "weir.directory";  // the client's working one
inline constexpr std::string_view kCatalogKey = "weir.catalog";      // "shared", or its own
inline constexpr std::string_view kSharedCatalog = "shared";
// Of a session whose jobs are to run on when it has left, or it is not taken at all.
inline constexpr std::string_view kDetachedKey = "weir.detached";
// Prefixes of option keys: what the session begins with, of conf files and of the command line.
inline constexpr std::string_view kOptionPrefix = "weir.option.";
inline constexpr std::string_view kSaidPrefix = "weir.said.";
// In OpenSession's answer.
inline constexpr std::string_view kOwnerKey = "weir.owner";  // the id of the server's process

// In ExecuteStatement's overlay: the part of the script, its file, and which hooks the client has.
inline constexpr std::string_view kBeginKey = "weir.begin";
inline constexpr std::string_view kEndKey = "weir.end";
inline constexpr std::string_view kFileKey = "weir.file";
inline constexpr std::string_view kHooksKey = "weir.hooks";  // letters of these:
inline constexpr char kProgressHook = 'p';
inline constexpr char kTransferHook = 't';
inline constexpr char kAskHook = 'a';

inline constexpr std::string_view kCallKey = "weir.call";
inline constexpr std::string_view kNewsCall = "news";        // of jobs, between statements
inline constexpr std::string_view kRunningCall = "running";  // names
inline constexpr std::string_view kRecordCall = "record-endings";
inline constexpr std::string_view kSuspendedCall = "suspended";
inline constexpr std::string_view kTotalsCall = "totals";
inline constexpr std::string_view kNamesCall = "names";      // of a Named, by its number
inline constexpr std::string_view kColumnsCall = "columns";  // of the statement's lines
inline constexpr std::string_view kAwaitCall = "await-job";  // an operation; `quit` is the answer

// In SetClientInfo's configuration: the answer to a question, "yes" or "no"; and why the client
// takes no more rows, an encoded Failure.
inline constexpr std::string_view kAnswerKey = "weir.answer";
inline constexpr std::string_view kRefusalKey = "weir.refusal";

// The version of this file, news.thrift and row_codec.h together.
inline constexpr std::string_view kVersion = "weir-3";

}  // namespace weir::rpc
