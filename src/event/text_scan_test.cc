#include "event/text_scan.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>

namespace adtally {
namespace {

bool IsPlain(char c) {
  return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}
bool IsControl(char c) {
  return (c >= '\0' && c < ' ') || c == '\x7f';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

template <class Is>
size_t Leading(const std::string& text, size_t size, Is is) {
  const auto end = text.begin() + static_cast<ptrdiff_t>(size);
  return static_cast<size_t>(std::find_if_not(text.begin(), end, is) - text.begin());
}

std::string Bytes(size_t size) {
  const auto most = *rc::gen::element<std::string>("7", "a", "0123456789", "az09 ~\x80\xff");
  return *rc::gen::container<std::string>(
      size,
      rc::gen::weightedOneOf<char>({{30, rc::gen::elementOf(most)},
                                    {1, rc::gen::arbitrary<char>()},
                                    {1, rc::gen::elementOf(std::string("\"\\\x7f\x1f /:"))}}));
}

TEST(TextScan, EachLookAgreesWithOneByteAtATime) {
  EXPECT_TRUE(rc::check([] {
    const std::string text = Bytes(64);
    RC_ASSERT(PlainBytesOf16(text.data()) == Leading(text, 16, IsPlain));
    RC_ASSERT(DigitsOf(LoadWord(text.data())) == Leading(text, 8, IsDigit));
    for (size_t size = 0; size <= text.size(); ++size) {
      const std::string part = text.substr(0, size);
      RC_ASSERT(HasControlCharacter(part.data(), size) ==
                std::any_of(part.begin(), part.end(), IsControl));
    }
    for (size_t i = 0; i < 64; ++i) {
      const bool high = static_cast<unsigned char>(text[i]) >= 0x80;
      RC_ASSERT((HighBitsOf64(text.data()) >> i & 1) == (high ? 1U : 0U));
    }
  }));
}

TEST(TextScan, DigitsAreReadAsANumber) {
  EXPECT_TRUE(rc::check([] {
    const auto digits = *rc::gen::inRange<size_t>(1, 9);
    const auto text = *rc::gen::container<std::string>(digits, rc::gen::inRange('0', ':'));
    const std::string more = text + Bytes(8);
    RC_ASSERT(NumberOf(LoadWord(more.data()), digits) == std::stoull(text));
  }));
}

}  // namespace
}  // namespace adtally
