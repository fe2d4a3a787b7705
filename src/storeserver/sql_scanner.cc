#include "storeserver/sql_scanner.h"

#include <algorithm>
#include <string>

#include "base/ascii.h"

namespace adtally {
namespace {

bool IsWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsWord(char c) {
  return IsWordStart(c) || IsDigit(c);
}

}  // namespace

bool SqlScanner::Token::Is(std::string_view keyword) const {
  return kind == Kind::kWord && EqualsIgnoreCase(text, keyword);
}

void SqlScanner::SkipBlanksAndComments() {
  while (at_ < sql_.size()) {
    const std::string_view rest = sql_.substr(at_);
    const char c = rest[0];
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      ++at_;
    } else if (rest.starts_with("--") || rest.starts_with("# ") || rest.starts_with("#!")) {
      at_ = std::min(sql_.find('\n', at_), sql_.size());
    } else if (rest.starts_with("/*")) {
      const size_t end = sql_.find("*/", at_ + 2);
      at_ = end == std::string_view::npos ? sql_.size() : end + 2;
    } else {
      return;
    }
  }
}

size_t SqlScanner::EndOfQuoted() const {
  const char quote = sql_[at_];
  for (size_t i = at_ + 1; i < sql_.size(); ++i) {
    if (sql_[i] == '\\') {
      ++i;
    } else if (sql_[i] == quote) {
      if (i + 1 >= sql_.size() || sql_[i + 1] != quote) return i + 1;
      ++i;  // a doubled quote stands for itself
    }
  }
  return sql_.size();
}

// $tag$ … $tag$; the start when this is none.
size_t SqlScanner::EndOfHeredoc() const {
  size_t tag_end = at_ + 1;
  while (tag_end < sql_.size() && IsWord(sql_[tag_end])) ++tag_end;
  if (tag_end >= sql_.size() || sql_[tag_end] != '$') return at_;
  const std::string_view tag = sql_.substr(at_, tag_end + 1 - at_);
  const size_t end = sql_.find(tag, tag_end + 1);
  return end == std::string_view::npos ? at_ : end + tag.size();
}

SqlScanner::Token SqlScanner::Next() {
  SkipBlanksAndComments();
  Token token;
  token.begin = at_;
  token.depth = depth_;
  if (at_ >= sql_.size()) {
    token.end = at_;
    return token;
  }
  const char c = sql_[at_];
  size_t end = at_ + 1;
  token.kind = Kind::kSymbol;
  if (c == '\'' || c == '"' || c == '`') {
    token.kind = c == '\'' ? Kind::kLiteral : Kind::kQuotedName;
    end = EndOfQuoted();
  } else if (c == '$' && EndOfHeredoc() > at_) {
    token.kind = Kind::kLiteral;
    end = EndOfHeredoc();
  } else if (IsWordStart(c)) {
    token.kind = Kind::kWord;
    while (end < sql_.size() && (IsWord(sql_[end]) || sql_[end] == '$')) ++end;
  } else if (IsDigit(c)) {
    token.kind = Kind::kLiteral;
    while (end < sql_.size() && IsWord(sql_[end])) ++end;
  } else if (c == '(' || c == '[' || c == '{') {
    ++depth_;
  } else if (c == ')' || c == ']' || c == '}') {
    token.depth = depth_ = std::max(0, depth_ - 1);
  }
  token.end = at_ = end;
  token.text = sql_.substr(token.begin, end - token.begin);
  return token;
}

}  // namespace adtally
