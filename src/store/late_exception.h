#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace adtally {

// Finds the exception that ClickHouse puts at the end of a body which had begun, behind a mark and
// the tag that a header of the answer names. Servers before 25.11 name none and write its text
// alone. The end of a body is held back until it is known to be none. Not thread-safe.
class LateException {
 public:
  // Empty: the answer names no tag.
  void SetTag(std::string_view tag);
  // Takes the next piece. Returns what belongs to the answer for certain, valid until the next
  // call.
  std::string_view Pass(std::string_view piece);
  // At the body's end: the exception's text, "" when there is none. Then Rest() is the answer's.
  std::string_view Text() const;
  std::string_view Rest() const { return held_; }

 private:
  std::string mark_;  // "": no tag
  std::string held_;
  std::string passed_;
  size_t mark_at_ = std::string::npos;  // in held_
};

}  // namespace adtally
