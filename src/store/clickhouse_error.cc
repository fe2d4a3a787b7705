#include "store/clickhouse_error.h"

#include <charconv>
#include <string>

namespace adtally {
namespace {

// The numbers are ClickHouse's (src/Common/ErrorCodes.cpp) and never change meaning.
ErrorCode CodeOf(int number) {
  switch (number) {
    case 159:  // TIMEOUT_EXCEEDED
    case 160:  // TOO_SLOW
    case 202:  // TOO_MANY_SIMULTANEOUS_QUERIES
    case 209:  // SOCKET_TIMEOUT
    case 210:  // NETWORK_ERROR
    case 225:  // NO_ZOOKEEPER
    case 234:  // NO_REPLICA_HAS_PART
    case 236:  // ABORTED
    case 241:  // MEMORY_LIMIT_EXCEEDED
    case 242:  // TABLE_IS_READ_ONLY
    case 243:  // NOT_ENOUGH_SPACE
    case 252:  // TOO_MANY_PARTS
    case 279:  // ALL_CONNECTION_TRIES_FAILED
    case 285:  // TOO_FEW_LIVE_REPLICAS
    case 286:  // UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
    case 319:  // UNKNOWN_STATUS_OF_INSERT
    case 394:  // QUERY_WAS_CANCELLED
    case 999:  // KEEPER_EXCEPTION
      return ErrorCode::kUnavailable;
    case 158:  // TOO_MANY_ROWS
    case 307:  // TOO_MANY_BYTES
    case 396:  // TOO_MANY_ROWS_OR_BYTES
      return ErrorCode::kTooLarge;
    case 40:   // CHECKSUM_DOESNT_MATCH
    case 246:  // CORRUPTED_DATA
    case 271:  // CANNOT_DECOMPRESS
      return ErrorCode::kCorrupt;
    case 6:    // CANNOT_PARSE_TEXT
    case 8:    // THERE_IS_NO_COLUMN
    case 10:   // NOT_FOUND_COLUMN_IN_BLOCK
    case 16:   // NO_SUCH_COLUMN_IN_TABLE
    case 20:   // NUMBER_OF_COLUMNS_DOESNT_MATCH
    case 26:   // CANNOT_PARSE_QUOTED_STRING
    case 27:   // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    case 33:   // CANNOT_READ_ALL_DATA
    case 36:   // BAD_ARGUMENTS
    case 38:   // CANNOT_PARSE_DATE
    case 41:   // CANNOT_PARSE_DATETIME
    case 42:   // NUMBER_OF_ARGUMENTS_DOESNT_MATCH
    case 43:   // ILLEGAL_TYPE_OF_ARGUMENT
    case 44:   // ILLEGAL_COLUMN
    case 46:   // UNKNOWN_FUNCTION
    case 47:   // UNKNOWN_IDENTIFIER
    case 50:   // UNKNOWN_TYPE
    case 53:   // TYPE_MISMATCH
    case 60:   // UNKNOWN_TABLE
    case 62:   // SYNTAX_ERROR
    case 70:   // CANNOT_CONVERT_TYPE
    case 72:   // CANNOT_PARSE_NUMBER
    case 73:   // UNKNOWN_FORMAT
    case 81:   // UNKNOWN_DATABASE
    case 115:  // UNKNOWN_SETTING
    case 117:  // INCORRECT_DATA
    case 179:  // MULTIPLE_EXPRESSIONS_FOR_ALIAS
    case 184:  // ILLEGAL_AGGREGATION
    case 190:  // SIZES_OF_ARRAYS_DONT_MATCH
    case 215:  // NOT_AN_AGGREGATE
    case 386:  // NO_COMMON_TYPE
    case 456:  // UNKNOWN_QUERY_PARAMETER
    case 457:  // BAD_QUERY_PARAMETER
      return ErrorCode::kInvalidArgument;
    default:
      return ErrorCode::kInternal;
  }
}

void CutAt(std::string_view& text, std::string_view mark) {
  if (size_t at = text.find(mark); at != std::string_view::npos) text = text.substr(0, at);
}

}  // namespace

Error ClickHouseError(std::string_view text) {
  int number = 0;
  if (size_t at = text.find("Code: "); at != std::string_view::npos) {
    text.remove_prefix(at + 6);
    std::from_chars(text.data(), text.data() + text.size(), number);
    constexpr std::string_view kMark = "DB::Exception: ";
    size_t mark = text.find(kMark);
    // An exception that was passed on says "Code: 81. DB::Exception: " again and again.
    constexpr size_t kMaxRepeated = 16;
    while (mark != std::string_view::npos) {
      text.remove_prefix(mark + kMark.size());
      if (!text.starts_with("Code: ")) break;
      mark = text.substr(0, kMaxRepeated + kMark.size()).find(kMark);
    }
  }
  CutAt(text, " (version ");
  CutAt(text, "Stack trace");
  std::string sentence;
  for (char c : text) {
    const bool blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!blank) {
      sentence += c;
    } else if (!sentence.empty() && sentence.back() != ' ') {
      sentence += ' ';
    }
  }
  while (!sentence.empty() && (sentence.back() == ' ' || sentence.back() == ',')) {
    sentence.pop_back();
  }
  if (sentence.empty()) sentence = "unknown error";
  return Error{CodeOf(number), std::move(sentence)};
}

}  // namespace adtally
