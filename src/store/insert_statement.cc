#include "store/insert_statement.h"

#include <algorithm>
#include <cctype>

namespace adtally {
namespace {

bool IsToken(std::string_view token) {
  return std::ranges::all_of(token, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("._:/-").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

}  // namespace

Result<std::string> InsertStatement(std::string_view into, std::string_view deduplication_token) {
  std::string sql = "INSERT INTO ";
  sql += into;
  if (deduplication_token.empty()) return sql;
  if (!IsToken(deduplication_token)) {
    return Error{ErrorCode::kInvalidArgument,
                 "deduplication token \"" + std::string(deduplication_token) +
                     "\" has a character that is not a letter, a digit or one of . _ : / -"};
  }
  sql += " SETTINGS insert_deduplication_token = '";
  sql += deduplication_token;
  sql += '\'';
  return sql;
}

}  // namespace adtally
