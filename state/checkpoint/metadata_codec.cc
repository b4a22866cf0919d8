#include "state/checkpoint/metadata_codec.h"

#include <fmt/format.h>
#include <thrift/protocol/TCompactProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "runtime/fault_point.h"
#include "state/checkpoint/metadata_checks.h"
#include "state/metadata_types.h"
#include "state/row/row_codec.h"

namespace weir::state {
namespace {

using apache::thrift::protocol::TCompactProtocol;
using apache::thrift::transport::TMemoryBuffer;

constexpr std::string_view kMagic = "WEIRCKPT";
// The least version that can say what is in the metadata is written, so that earlier builds read
// all that they can use.
constexpr uint32_t kVersion = 1;
// Written where lists are in pieces or a savepoint has output: earlier builds could not read that,
// and so refuse it.
constexpr uint32_t kVersionOfPieces = 2;
// Written where there are rows in flight, which earlier builds would take for a file of the
// backend.
constexpr uint32_t kVersionOfChannels = 3;
// Written where the metadata has contents of files, which earlier builds would look for on disk.
constexpr uint32_t kVersionOfContents = 4;
// The reader allocates a list by the length that it claims, before it reads the elements. Longer
// lists are written in pieces, so that a few bytes can never claim much memory.
constexpr int32_t kGreatestContainer = 1 << 16;
constexpr int kGreatestTypeDepth = 64;

// --- To the wire ---------------------------------------------------------------------------------

wire::Type ToWire(const Type& type) {
  wire::Type out;
  out.kind = static_cast<int32_t>(type.kind());
  out.nullable = type.nullable();
  out.precision = type.precision();
  out.scale = type.scale();
  for (const TypeField& field : type.fields()) {
    out.field_names.push_back(field.name);
    out.fields.push_back(ToWire(field.type));
  }
  return out;
}

std::vector<wire::Field> ToWire(const std::vector<Field>& fields) {
  std::vector<wire::Field> out(fields.size());
  for (size_t i = 0; i < fields.size(); ++i) {
    out[i].name = fields[i].name;
    out[i].type = ToWire(fields[i].type);
  }
  return out;
}

wire::StateSchema ToWire(const StateSchema& schema) {
  wire::StateSchema out;
  out.name = schema.name;
  out.layout = static_cast<int32_t>(schema.layout);
  out.key = ToWire(schema.key);
  out.sub_key = ToWire(schema.sub_key);
  out.value = ToWire(schema.value);
  out.sliced = schema.sliced;
  out.ttl_millis = schema.ttl_millis;
  return out;
}

wire::Split ToWire(const SplitCheckpoint& split) {
  wire::Split out;
  out.id = split.split.id;
  out.position = split.split.position;
  out.finished = split.split.finished;
  out.watermark_millis = split.watermark_millis;
  out.idle = split.idle;
  return out;
}

wire::Operator ToWire(const OperatorCheckpoint& op) {
  wire::Operator out;
  out.uid = op.uid;
  out.also = op.also;
  out.kind = op.kind;
  out.uid_stable = op.uid_stable;
  out.fingerprint = op.fingerprint;
  for (const StateSchema& table : op.schema.tables) out.tables.push_back(ToWire(table));
  out.operator_state = op.schema.operator_state;
  out.rows = static_cast<int64_t>(op.rows);
  out.bytes = static_cast<int64_t>(op.bytes);
  out.watermark_millis = op.watermark_millis;
  for (const SplitCheckpoint& split : op.splits) out.splits.push_back(ToWire(split));
  for (const SubtaskState& state : op.operator_state) {
    wire::SubtaskState one;
    one.subtask = static_cast<int32_t>(state.subtask);
    one.name = state.name;
    one.bytes = state.bytes;
    out.subtask_states.push_back(std::move(one));
  }
  out.committables = op.committables;
  std::vector<wire::OutputRows> output(op.output.size());
  for (size_t i = 0; i < output.size(); ++i) {
    output[i].what = op.output[i].what;
    output[i].path = op.output[i].path;
    output[i].rows = static_cast<int64_t>(op.output[i].rows);
  }
  if (!output.empty()) out.__set_output(output);
  if (!op.place.empty()) out.__set_place(op.place);
  if (!op.origins.empty()) out.__set_origins(op.origins);
  if (op.accepted_files > 0) out.__set_accepted_files(static_cast<int64_t>(op.accepted_files));
  if (op.accepted_rows > 0) out.__set_accepted_rows(static_cast<int64_t>(op.accepted_rows));
  if (!op.inexact.empty()) out.__set_inexact(op.inexact);
  if (op.forgot) out.__set_forgot(true);
  return out;
}

// How many Thrift lists hold `elements`: a container has at most kGreatestContainer.
size_t PiecesOf(size_t elements) {
  constexpr auto kPiece = static_cast<size_t>(kGreatestContainer);
  return elements == 0 ? 1 : (elements + kPiece - 1) / kPiece;
}

template <typename T>
std::vector<T> TakePiece(std::vector<T>& all, size_t piece) {
  constexpr auto kPiece = static_cast<size_t>(kGreatestContainer);
  const size_t begin = std::min(piece * kPiece, all.size());
  const size_t end = std::min(begin + kPiece, all.size());
  const auto at = [&](size_t i) {
    return std::make_move_iterator(all.begin() + static_cast<ptrdiff_t>(i));
  };
  return {at(begin), at(end)};
}

// Appends the operator, followed by operators that continue it with what does not fit into its
// lists.
void AppendInPieces(wire::Operator whole, std::vector<wire::Operator>& out) {
  const size_t pieces =
      std::max({PiecesOf(whole.splits.size()), PiecesOf(whole.subtask_states.size()),
                PiecesOf(whole.committables.size()), PiecesOf(whole.output.size())});
  if (pieces == 1) return out.push_back(std::move(whole));
  std::vector<wire::Split> splits = std::move(whole.splits);
  std::vector<wire::SubtaskState> states = std::move(whole.subtask_states);
  std::vector<std::string> committables = std::move(whole.committables);
  std::vector<wire::OutputRows> output = std::move(whole.output);
  const std::string uid = whole.uid;
  for (size_t piece = 0; piece < pieces; ++piece) {
    wire::Operator one;
    if (piece == 0) one = whole;
    one.uid = uid;
    if (piece > 0) one.__set_continued(true);
    one.splits = TakePiece(splits, piece);
    one.subtask_states = TakePiece(states, piece);
    one.committables = TakePiece(committables, piece);
    if (!output.empty()) one.__set_output(TakePiece(output, piece));
    out.push_back(std::move(one));
  }
}

void AppendInPieces(std::vector<wire::File> files, wire::Metadata& out) {
  const size_t pieces = PiecesOf(files.size());
  out.files = TakePiece(files, 0);
  std::vector<wire::FileList> more(pieces - 1);
  for (size_t piece = 1; piece < pieces; ++piece) more[piece - 1].files = TakePiece(files, piece);
  if (!more.empty()) out.__set_more_files(more);
}

bool HasPieces(const wire::Metadata& metadata) {
  return metadata.__isset.more_files ||
         std::any_of(metadata.operators.begin(), metadata.operators.end(),
                     [](const wire::Operator& op) { return op.__isset.continued; });
}

wire::Metadata ToWire(const CheckpointMetadata& metadata) {
  wire::Metadata out;
  out.format_version = static_cast<int32_t>(metadata.format_version);
  out.engine_version = metadata.engine_version;
  out.job_id = metadata.job_id;
  out.job_name = metadata.job_name;
  out.checkpoint_id = static_cast<int64_t>(metadata.checkpoint_id);
  out.kind = static_cast<int32_t>(metadata.kind);
  out.trigger_millis = metadata.trigger_millis;
  out.complete_millis = metadata.complete_millis;
  out.sql = metadata.sql;
  out.definitions = metadata.definitions;
  out.options = metadata.options;
  if (!metadata.modules.empty()) out.__set_modules(metadata.modules);
  out.backend = metadata.backend;
  out.key_encoding_version = static_cast<int32_t>(metadata.key_encoding_version);
  out.parallelism = static_cast<int32_t>(metadata.parallelism);
  out.max_parallelism = static_cast<int32_t>(metadata.max_parallelism);
  for (const OperatorCheckpoint& op : metadata.operators) AppendInPieces(ToWire(op), out.operators);
  std::vector<wire::File> files;
  for (const StateFile& file : metadata.files) {
    wire::File one;
    one.path = file.path;
    one.bytes = static_cast<int64_t>(file.bytes);
    one.crc32c = file.crc32c;
    one.dirty_bytes = static_cast<int64_t>(file.dirty_bytes);
    if (!file.sha256.empty()) one.__set_sha256(file.sha256);
    const auto contents = metadata.inlined.find(file.path);
    if (contents != metadata.inlined.end()) one.__set_contents(*contents->second);
    files.push_back(std::move(one));
  }
  AppendInPieces(std::move(files), out);
  return out;
}

// --- From the wire -------------------------------------------------------------------------------

Result<Type> TypeFromWire(const wire::Type& type, int depth) {
  std::vector<TypeField> fields;
  if (depth > kGreatestTypeDepth || type.fields.size() != type.field_names.size()) {
    return Status::Corruption("a type in the metadata is malformed");
  }
  for (size_t i = 0; i < type.fields.size(); ++i) {
    Type field = TRY(TypeFromWire(type.fields[i], depth + 1));
    fields.push_back({type.field_names[i], std::move(field)});
  }
  return TRY(MakeType({static_cast<TypeKind>(type.kind), type.precision, type.scale},
                      std::move(fields)))
      .WithNullable(type.nullable);
}

Result<std::vector<Field>> FieldsFromWire(const std::vector<wire::Field>& fields) {
  std::vector<Field> out;
  for (const wire::Field& field : fields) {
    Type type = TRY(TypeFromWire(field.type, 0));
    out.push_back({field.name, std::move(type)});
  }
  return out;
}

Result<StateSchema> SchemaFromWire(const wire::StateSchema& schema) {
  StateSchema out;
  out.name = schema.name;
  if (schema.layout < 0 || schema.layout > static_cast<int32_t>(StateLayout::kMap)) {
    return Status::Corruption("a state schema in the metadata has an unknown layout");
  }
  out.layout = static_cast<StateLayout>(schema.layout);
  out.key = TRY(FieldsFromWire(schema.key));
  out.sub_key = TRY(FieldsFromWire(schema.sub_key));
  out.value = TRY(FieldsFromWire(schema.value));
  out.sliced = schema.sliced;
  out.ttl_millis = schema.ttl_millis;
  return out;
}

// Appends the lists that may come in pieces.
void AppendLists(wire::Operator& op, OperatorCheckpoint& out) {
  for (wire::Split& split : op.splits) {
    out.splits.push_back({{std::move(split.id), std::move(split.position), split.finished},
                          split.watermark_millis,
                          split.idle});
  }
  for (wire::SubtaskState& state : op.subtask_states) {
    out.operator_state.push_back(
        {static_cast<uint32_t>(state.subtask), std::move(state.name), std::move(state.bytes)});
  }
  std::move(op.committables.begin(), op.committables.end(), std::back_inserter(out.committables));
  for (wire::OutputRows& rows : op.output) {
    out.output.push_back(
        {std::move(rows.what), std::move(rows.path), static_cast<uint64_t>(rows.rows)});
  }
}

Result<OperatorCheckpoint> OperatorFromWire(wire::Operator& op) {
  OperatorCheckpoint out;
  out.uid = std::move(op.uid);
  out.also = std::move(op.also);
  out.kind = std::move(op.kind);
  out.uid_stable = op.uid_stable;
  out.fingerprint = std::move(op.fingerprint);
  for (const wire::StateSchema& table : op.tables) {
    out.schema.tables.push_back(TRY(SchemaFromWire(table)));
  }
  out.schema.operator_state = std::move(op.operator_state);
  out.rows = static_cast<uint64_t>(op.rows);
  out.bytes = static_cast<uint64_t>(op.bytes);
  out.watermark_millis = op.watermark_millis;
  AppendLists(op, out);
  out.place = std::move(op.place);
  out.origins = std::move(op.origins);
  out.accepted_files = static_cast<uint64_t>(op.accepted_files);
  out.accepted_rows = static_cast<uint64_t>(op.accepted_rows);
  out.inexact = std::move(op.inexact);
  out.forgot = op.forgot;
  return out;
}

void AppendFiles(std::vector<wire::File>& files, CheckpointMetadata& out) {
  for (wire::File& file : files) {
    if (file.__isset.contents) {
      out.inlined.emplace(file.path, std::make_shared<const std::string>(std::move(file.contents)));
    }
    out.files.push_back({std::move(file.path), static_cast<uint64_t>(file.bytes),
                         static_cast<uint32_t>(file.crc32c),
                         static_cast<uint64_t>(file.dirty_bytes), std::move(file.sha256)});
  }
}

Result<CheckpointMetadata> FromWire(wire::Metadata& in) {
  CheckpointMetadata out;
  out.format_version = static_cast<uint32_t>(in.format_version);
  out.engine_version = std::move(in.engine_version);
  out.job_id = std::move(in.job_id);
  out.job_name = std::move(in.job_name);
  out.checkpoint_id = static_cast<uint64_t>(in.checkpoint_id);
  out.kind = static_cast<CheckpointKind>(in.kind);
  out.trigger_millis = in.trigger_millis;
  out.complete_millis = in.complete_millis;
  out.sql = std::move(in.sql);
  out.definitions = std::move(in.definitions);
  out.options = std::move(in.options);
  out.modules = std::move(in.modules);
  out.backend = std::move(in.backend);
  out.key_encoding_version = static_cast<uint32_t>(in.key_encoding_version);
  out.parallelism = static_cast<uint32_t>(in.parallelism);
  out.max_parallelism = static_cast<uint32_t>(in.max_parallelism);
  for (wire::Operator& op : in.operators) {
    if (!op.continued) {
      out.operators.push_back(TRY(OperatorFromWire(op)));
      continue;
    }
    if (out.operators.empty() || out.operators.back().uid != op.uid)
      return Status::Corruption("the metadata continues an operator that is not before it");
    AppendLists(op, out.operators.back());
  }
  AppendFiles(in.files, out);
  for (wire::FileList& more : in.more_files) AppendFiles(more.files, out);
  return out;
}

// A checkpoint promises output to its own job. A savepoint holds it, in files that it lists, each
// of which belongs to one operator.
Status CheckOutput(const CheckpointMetadata& metadata) {
  std::set<std::string> listed;
  for (const StateFile& file : metadata.files) {
    if (IsOutput(file)) listed.insert(file.path);
  }
  const bool savepoint = metadata.kind == CheckpointKind::kSavepoint;
  for (const OperatorCheckpoint& op : metadata.operators) {
    if (savepoint && metadata.format_version > 1 && !op.committables.empty())
      return Status::Corruption("a savepoint promises output: " + op.uid).WithId("E7001");
    for (const OutputRows& rows : op.output) {
      if (savepoint && listed.erase(rows.path) == 1) continue;
      return Status::Corruption(fmt::format("output of {} lies in no file of the savepoint: {}",
                                            op.uid, rows.path.substr(0, 200)))
          .WithId("E7001");
    }
  }
  if (listed.empty()) return {};
  return Status::Corruption("a file holds output of no operator: " + listed.begin()->substr(0, 200))
      .WithId("E7001");
}

bool HoldsOutput(const CheckpointMetadata& metadata) {
  return std::any_of(metadata.files.begin(), metadata.files.end(), IsOutput);
}

bool HoldsChannels(const CheckpointMetadata& metadata) {
  return std::ranges::any_of(metadata.files, IsChannelState);
}

// Rows in flight belong to one checkpoint, and are in its directory.
Status CheckChannels(const CheckpointMetadata& metadata, uint32_t version) {
  if (version == kVersionOfChannels && !HoldsChannels(metadata))
    return MalformedMetadata(fmt::format("has version {} and no rows in flight", version));
  const std::string own = fmt::format("chk-{}/{}", metadata.checkpoint_id, kChannelFile);
  for (const StateFile& file : metadata.files) {
    if (!IsChannelState(file)) continue;
    if (version < kVersionOfChannels)
      return MalformedMetadata(fmt::format("has rows in flight in version {}", version));
    if (metadata.kind == CheckpointKind::kSavepoint)
      return MalformedMetadata("is of a savepoint and has rows in flight");
    if (file.path != own) return MalformedMetadata("has rows in flight of another checkpoint");
  }
  return {};
}

// Only files of state have their contents inside, and only from the version on that allows it.
Status CheckInlined(const CheckpointMetadata& metadata, uint32_t version) {
  if (version == kVersionOfContents && metadata.inlined.empty())
    return MalformedMetadata(fmt::format("has version {} and no contents of files", version));
  if (version < kVersionOfContents && !metadata.inlined.empty())
    return MalformedMetadata(fmt::format("has contents of files in version {}", version));
  for (const StateFile& file : metadata.files) {
    if (IsOutput(file) && metadata.inlined.contains(file.path))
      return MalformedMetadata("has contents of output");
  }
  return {};
}

// The oldest version that can express the metadata.
uint32_t VersionFor(const CheckpointMetadata& metadata, const wire::Metadata& wired) {
  if (!metadata.inlined.empty()) return kVersionOfContents;
  if (HoldsChannels(metadata)) return kVersionOfChannels;
  return HasPieces(wired) || HoldsOutput(metadata) ? kVersionOfPieces : kVersion;
}

std::string InEnvelope(uint32_t version, std::string_view payload) {
  std::string checked;
  AppendLittle(checked, version);
  AppendLittle(checked, static_cast<uint32_t>(payload.size()));
  uint32_t crc = Crc32c(0, checked.data(), checked.size());
  crc = Crc32c(crc, payload.data(), payload.size());
  std::string out(kMagic);
  out += checked;
  AppendLittle(out, crc);
  return out.append(payload);
}

Status Unreadable(std::string_view why) {
  return Status::External(
             fmt::format("its metadata could not be read again, so it is not written: {}", why))
      .WithId("E7003");
}

}  // namespace

// Reads back what is about to be written: if the reader refuses it, the checkpoint can still fail,
// and the one before it stays.
Result<std::string> EncodeMetadata(const CheckpointMetadata& metadata) {
  std::string bytes;
  try {
    const wire::Metadata wired = ToWire(metadata);
    const auto buffer = std::make_shared<TMemoryBuffer>();
    TCompactProtocol protocol(buffer);
    wired.write(&protocol);
    if (buffer->available_read() > INT32_MAX)
      return Unreadable(fmt::format("it has {} bytes", buffer->available_read()));
    bytes = InEnvelope(VersionFor(metadata, wired), buffer->getBufferAsString());
  } catch (const std::exception& error) {
    return Unreadable(error.what());
  }
  const Result<CheckpointMetadata> read = DecodeMetadata(bytes);
  if (!read.ok()) return Unreadable(read.status().message());
  return bytes;
}

Result<CheckpointMetadata> DecodeMetadata(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.Bytes(kMagic.size()) != kMagic) return MalformedMetadata("does not begin as one");
  const auto version = in.Little<uint32_t>();
  const auto length = in.Little<uint32_t>();
  const auto expected = in.Little<uint32_t>();
  const std::string_view payload = in.rest();
  if (bytes.size() > kGreatestMetadata) return MalformedMetadata("is too long");
  if (in.failed() || payload.size() != length) return MalformedMetadata("has a wrong length");
  uint32_t crc = Crc32c(0, bytes.data() + kMagic.size(), 8);
  crc = Crc32c(crc, payload.data(), payload.size());
  if (crc != expected) return MalformedMetadata("has a wrong checksum");
  if (version < kVersion || version > kVersionOfContents)
    return MalformedMetadata(fmt::format("has an unknown version: {}", version));
  wire::Metadata metadata;
  try {
    const auto buffer = std::make_shared<TMemoryBuffer>(
        reinterpret_cast<uint8_t*>(const_cast<char*>(payload.data())),
        static_cast<uint32_t>(payload.size()), TMemoryBuffer::OBSERVE,
        std::make_shared<apache::thrift::TConfiguration>(INT32_MAX));
    // libthrift believes sizes before it reads the bytes (THRIFT-6091): nothing inside can be
    // larger than the whole.
    const auto longest = static_cast<int32_t>(std::min<size_t>(payload.size(), INT32_MAX));
    TCompactProtocol protocol(buffer, longest, std::min(longest, kGreatestContainer));
    metadata.read(&protocol);
    if (version == kVersion && HasPieces(metadata))
      return MalformedMetadata("has pieces in version 1");
  } catch (const std::exception& error) {
    return MalformedMetadata(fmt::format("does not decode: {}", error.what()));
  }
  if (!DefectPlanted("believe-metadata")) RETURN_IF_ERROR(CheckMetadata(metadata));
  CheckpointMetadata decoded = TRY(FromWire(metadata));
  RETURN_IF_ERROR(CheckOutput(decoded));
  RETURN_IF_ERROR(CheckChannels(decoded, version));
  RETURN_IF_ERROR(CheckInlined(decoded, version));
  return decoded;
}

}  // namespace weir::state
