#pragma once

#include <cstddef>
#include <string_view>

namespace adtally {

// Splits SQL as ClickHouse's lexer does (src/Parsers/Lexer.cpp), as far as one must to find
// keywords that stand outside of literals, quoted names and comments. Not thread-safe.
class SqlScanner {
 public:
  enum class Kind { kWord, kLiteral, kQuotedName, kSymbol, kEnd };
  struct Token {
    Kind kind = Kind::kEnd;
    std::string_view text;  // with its quotes; a symbol is one character
    size_t begin = 0;
    size_t end = 0;
    int depth = 0;  // of parentheses and brackets around it
    // A keyword is written in any case.
    bool Is(std::string_view keyword) const;
    bool IsSymbol(char symbol) const { return kind == Kind::kSymbol && text[0] == symbol; }
  };

  explicit SqlScanner(std::string_view sql) : sql_(sql) {}

  // The next token that is neither blank nor comment. A literal that does not end is one to the end
  // of the text.
  Token Next();

 private:
  void SkipBlanksAndComments();
  size_t EndOfQuoted() const;
  size_t EndOfHeredoc() const;

  std::string_view sql_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace adtally
