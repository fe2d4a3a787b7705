#include "event/json_framing.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace adtally {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

std::string_view TrimLeft(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view Trim(std::string_view text) {
  text = TrimLeft(text);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view WithoutByteOrderMark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  return text.substr(0, kMark.size()) == kMark ? text.substr(kMark.size()) : text;
}

std::string_view TakeLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

enum class Mark : unsigned char { kPlain, kQuote, kOpen, kClose, kComma };

constexpr std::array<Mark, 256> MakeMarks() {
  std::array<Mark, 256> marks{};
  marks['"'] = Mark::kQuote;
  marks['{'] = marks['['] = Mark::kOpen;
  marks['}'] = marks[']'] = Mark::kClose;
  marks[','] = Mark::kComma;
  return marks;
}
constexpr std::array<Mark, 256> kMarks = MakeMarks();

// The place after the string that opens at `at`, or npos when it does not close. A line never
// breaks inside a string of valid JSON, so one that runs over the line's end does not close.
size_t SkipString(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '\n')
      break;
  }
  return std::string_view::npos;
}

// The brackets that are open, innermost last. Kinds are told apart down to a depth that no real
// event reaches; from there on they are only counted.
class OpenBrackets {
 public:
  bool empty() const { return depth_ == 0; }

  void Open(char bracket) {
    if (++depth_ > 64) counted_only_ = true;
    kinds_ = kinds_ << 1 | (bracket == '[' ? 1 : 0);
  }

  // False when `bracket` closes another kind than was opened last. Not to be called when empty.
  bool Close(char bracket) {
    const bool matches = (kinds_ & 1) == (bracket == ']' ? 1U : 0U);
    kinds_ >>= 1;
    --depth_;
    return matches || counted_only_;
  }

 private:
  size_t depth_ = 0;
  uint64_t kinds_ = 0;
  bool counted_only_ = false;
};

// Where the JSON value at the front of `text` ends: at a comma or closing bracket that is not its
// own, or with the text. npos when its brackets or a string do not close.
size_t ValueEnd(std::string_view text) {
  constexpr size_t kNone = std::string_view::npos;
  OpenBrackets open;
  for (size_t at = 0; at < text.size();) {
    switch (kMarks[static_cast<unsigned char>(text[at])]) {
      case Mark::kPlain:
        ++at;
        break;
      case Mark::kQuote:
        at = SkipString(text, at);
        if (at == kNone) return kNone;
        break;
      case Mark::kOpen:
        open.Open(text[at++]);
        break;
      case Mark::kClose:
        if (open.empty()) return at;
        if (!open.Close(text[at++])) return kNone;
        break;
      case Mark::kComma:
        if (open.empty()) return at;
        ++at;
        break;
    }
  }
  return open.empty() ? text.size() : kNone;
}

// True when a line starts an object where valid JSON cannot: without a comma, colon or bracket
// before it. Then the lines are events of their own. `body` begins with no white space.
bool HasLineThatStartsAnEvent(std::string_view body) {
  size_t at = 0;  // every byte is passed once, however many blank lines there are
  while ((at = body.find('\n', at)) != std::string_view::npos) {
    size_t before = at;
    while (before > 0 && IsSpace(body[before - 1])) --before;
    while (at < body.size() && IsSpace(body[at])) ++at;
    if (at == body.size() || body[at] != '{') continue;
    if (std::string_view("[,:").find(body[before - 1]) == std::string_view::npos) return true;
  }
  return false;
}

bool HasLaterLineThatOpensAnObject(std::string_view body) {
  TakeLine(body);
  while (!body.empty()) {
    const std::string_view line = Trim(TakeLine(body));
    if (!line.empty() && line.front() == '{') return true;
  }
  return false;
}

}  // namespace

JsonFramer::JsonFramer(std::string_view body)
    : body_(WithoutByteOrderMark(body)), layout_(Detect(Trim(body_))) {
  Rewind();
}

void JsonFramer::Rewind() {
  rest_ = body_;
  number_ = 0;
  last_read_ = false;
  closed_ = false;
  if (layout_ == Layout::kArray) rest_ = TrimLeft(rest_).substr(1);
}

JsonFramer::Layout JsonFramer::Detect(std::string_view body) {
  if (body.empty()) return Layout::kLines;
  if (body.front() == '[') return HasLineThatStartsAnEvent(body) ? Layout::kLines : Layout::kArray;
  if (body.front() != '{') return Layout::kLines;

  // An object over several lines, or one a line? Cheap answers first: most bodies stop here.
  std::string_view rest = body;
  const std::string_view first = Trim(TakeLine(rest));
  const std::string_view after = TrimLeft(rest);
  if (after.empty()) return Layout::kLines;
  if (first.back() == '}' && (after.front() == '{' || ValueEnd(first) == first.size())) {
    return Layout::kLines;
  }
  if (HasLineThatStartsAnEvent(body)) return Layout::kLines;
  if (body.back() == '}' && ValueEnd(body) == body.size()) return Layout::kSingle;
  return HasLaterLineThatOpensAnObject(body) ? Layout::kLines : Layout::kSingle;
}

bool JsonFramer::Next(Document& document) {
  document = {};
  if (last_read_) return false;
  switch (layout_) {
    case Layout::kLines:
      return NextLine(document);
    case Layout::kArray:
      return NextElement(document);
    case Layout::kSingle:
      break;
  }
  last_read_ = true;
  document.text = Trim(body_);
  number_ = 1;
  return true;
}

std::string_view JsonFramer::Ahead() {
  if (last_read_ || closed_ || layout_ == Layout::kSingle) return {};
  if (layout_ == Layout::kLines) {
    SkipBlankLines();
  } else {
    rest_ = TrimLeft(rest_);
  }
  return rest_;
}

bool JsonFramer::Take(size_t size) {
  size_t end = size;
  if (layout_ == Layout::kLines) {
    while (end < rest_.size() && rest_[end] != '\n') {
      if (!IsSpace(rest_[end++])) return false;
    }
  } else {
    while (end < rest_.size() && IsSpace(rest_[end])) ++end;
    if (end == rest_.size() || (rest_[end] != ',' && rest_[end] != ']')) return false;
    closed_ = rest_[end] == ']';
  }
  rest_.remove_prefix(end == rest_.size() ? end : end + 1);
  ++number_;
  return true;
}

void JsonFramer::SkipBlankLines() {
  for (; !rest_.empty() && IsSpace(rest_.front()); rest_.remove_prefix(1)) {
    if (rest_.front() == '\n') ++number_;
  }
}

bool JsonFramer::NextLine(Document& document) {
  while (!rest_.empty()) {
    ++number_;
    document.text = Trim(TakeLine(rest_));
    if (!document.text.empty()) return true;
  }
  return false;
}

bool JsonFramer::NextElement(Document& document) {
  rest_ = TrimLeft(rest_);
  if (closed_) {
    if (!rest_.empty()) return Break(document, "there is more text after the array");
    return false;
  }
  if (rest_.empty()) return Break(document, "the array is not closed: reading stopped here");
  if (number_ == 0 && rest_.front() == ']') {
    closed_ = true;
    rest_.remove_prefix(1);
    return NextElement(document);
  }
  if (rest_.front() == '}') {
    return Break(document, "not valid JSON, unexpected '}': reading stopped here");
  }
  const size_t end = ValueEnd(rest_);
  if (end == std::string_view::npos) {
    return Break(document, "not valid JSON, it does not close: reading stopped at this element");
  }
  document.text = Trim(rest_.substr(0, end));
  ++number_;
  rest_.remove_prefix(end);
  if (!rest_.empty() && rest_.front() != '}') {
    closed_ = rest_.front() == ']';
    rest_.remove_prefix(1);
  }
  return true;
}

bool JsonFramer::Break(Document& document, std::string_view why) {
  last_read_ = true;
  ++number_;
  document.broken = why;
  return true;
}

}  // namespace adtally
