#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace adtally {

// What must be known of a client's statement before the engine gets it.
struct ClientStatement {
  enum class Data {
    kNone,     // no insert, or one that brings its rows by SELECT
    kMissing,  // an insert that has not said yet where its data begins
    kFollows,  // an insert; the data begins at data_begin
  };
  size_t begin = 0;  // the statement is [begin, end), without its final semicolon
  size_t end = 0;
  Data data = Data::kNone;
  size_t data_begin = 0;
  std::string_view format;       // that it names; empty: none
  bool reads_only = false;       // judged by its keywords; the engine judges again
  bool changes_session = false;  // SET, USE, temporary tables
};

// An exception as ClickHouse numbers them.
struct StatementError {
  int code = 0;
  std::string message;
};

// Finds these in the text of a request, whose views stay valid with it. The error is set when the
// text is not one statement, or one that a store must not be asked by others:
//
//  - what reaches files, other servers or programs: table functions other than a few harmless ones,
//    table and database engines of that kind, INTO OUTFILE, FROM INFILE;
//  - what stops the engine or changes its configuration (SYSTEM, users, BACKUP and the like).
//
// The engine in the process cannot be told to refuse these to some: it runs all with all rights.
std::optional<StatementError> ReadStatement(std::string_view text, ClientStatement& statement);

}  // namespace adtally
