#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/statement.h"
#include "store/store.h"

namespace adtally {

// Where the archive is. Its files are below: "hour/2026-11/7-000.parquet".
struct ArchivePlace {
  enum class Kind { kNone, kFolder, kS3 };
  Kind kind = Kind::kNone;
  std::string folder = {};     // absolute, without a slash at its end and the characters * ? { } ,
  std::string s3_url = {};     // http(s)://host/bucket or …/bucket/prefix, likewise
  std::string s3_key = {};     // both empty: requests are not signed
  std::string s3_secret = {};  // only ever passed as a parameter of a statement

  // For messages: "/data/archive/hour/…" or "https://host/bucket/hour/…".
  std::string PathOf(std::string_view name) const;
};

// The columns of a Parquet file: those of adtally.hour but generation.
std::string ArchiveColumns();    // "hour, hour_minutes, …": a list in SQL
std::string ArchiveStructure();  // "hour DateTime('UTC'), …": with their types

// For SETTINGS of a statement that reads or writes the archive: the engine's own would try a server
// that is down for minutes.
inline constexpr std::string_view kArchiveSettings =
    "s3_retry_attempts = 3, s3_connect_timeout_ms = 3000, s3_request_timeout_ms = 20000";

// A table function over files of the archive, for what stands after FROM or INSERT INTO FUNCTION.
// Nothing is checked: a name without a file is passed over unless it is the only one. Parameters
// are named archive_…. At least one name; place.kind is not kNone.
Statement ArchiveTable(const ArchivePlace& place, std::span<const std::string> names,
                       std::string_view format, std::string_view structure);

// Runs a statement with an ArchiveTable. What fails is kUnavailable, and the message says at which
// place; it never holds the secret.
Result<std::string> RunOnArchive(Store& store, const ArchivePlace& place,
                                 const Statement& statement, std::string_view format);

}  // namespace adtally
