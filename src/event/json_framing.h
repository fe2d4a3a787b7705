#pragma once

#include <cstddef>
#include <string_view>

namespace adtally {

// Splits a body into the texts of its events without parsing them, so that each is parsed on its
// own and a bad one costs itself only. Linear in the body; allocates nothing; safe on any bytes.
class JsonFramer {
 public:
  // `body` must outlive the framer.
  explicit JsonFramer(std::string_view body);

  // The text of one event, without white space around it.
  struct Document {
    std::string_view text;
    // Not empty: the array cannot be followed any further, and why. Then `text` is empty and
    // nothing comes after.
    std::string_view broken;
  };
  // False at the end of the body.
  bool Next(Document& document);

  // For a reader that finds out by itself where an object ends, which saves a pass over it. The
  // body from the next document on; empty when only Next can tell what comes.
  std::string_view Ahead();
  // The document that begins there is its first `size` bytes, which are one JSON object. False when
  // more follows than the white space and the separator that end a document: then Next says what
  // it is.
  bool Take(size_t size);

  // Of the document last returned or taken, from 1: its line, or its element of an array.
  int number() const { return number_; }

  // Starts over.
  void Rewind();

 private:
  enum class Layout { kLines, kArray, kSingle };
  static Layout Detect(std::string_view body);
  bool NextLine(Document& document);
  bool NextElement(Document& document);
  void SkipBlankLines();
  bool Break(Document& document, std::string_view why);

  std::string_view body_;
  std::string_view rest_;
  Layout layout_;
  int number_ = 0;
  bool closed_ = false;     // arrays: the closing bracket was read
  bool last_read_ = false;  // nothing comes any more
};

}  // namespace adtally
