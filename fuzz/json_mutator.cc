// Mutates bodies as what they are: tokens, members and lines. One in a few mutations is left to
// libFuzzer and its dictionary.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/dice.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace adtally::fuzz {
namespace {

using namespace std::string_view_literals;

using Tokens = std::vector<std::string>;

bool IsPunctuation(char c) {
  return "{}[],:"sv.find(c) != std::string_view::npos;
}
bool IsSpace(char c) {
  return " \t\r\n"sv.find(c) != std::string_view::npos;
}

size_t TokenSize(std::string_view text) {
  size_t size = 1;
  if (text[0] == '"') {
    while (size < text.size() && text[size] != '"') size += text[size] == '\\' ? 2 : 1;
    return std::min(size + 1, text.size());
  }
  if (IsPunctuation(text[0])) return 1;
  const bool space = IsSpace(text[0]);
  while (size < text.size() && IsSpace(text[size]) == space && !IsPunctuation(text[size]) &&
         text[size] != '"') {
    ++size;
  }
  return size;
}

Tokens Split(std::string_view text) {
  Tokens tokens;
  while (!text.empty()) {
    const size_t size = TokenSize(text);
    tokens.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return tokens;
}

std::string Join(const Tokens& tokens) {
  std::string text;
  for (const std::string& token : tokens) text += token;
  return text;
}

constexpr std::array kKeys = {
    "event_id"sv,    "type"sv,           "timestamp"sv, "advertiser_id"sv, "campaign_id"sv,
    "ad_group_id"sv, "creative_id"sv,    "device"sv,    "country"sv,       "region"sv,
    "cost_micros"sv, "value_micros"sv,   "order_id"sv,  "click_id"sv,      "user_id"sv,
    "click_time"sv,  "invalid_reason"sv, "unknown"sv,   "event_ID"sv,      "invalid_reason2"sv};
constexpr std::array kTexts = {
    "impression"sv,
    "click"sv,
    "conversion"sv,
    "desktop"sv,
    "mobile"sv,
    "tablet"sv,
    "tv"sv,
    "other"sv,
    "none"sv,
    "bot"sv,
    "US"sv,
    "us"sv,
    "CA"sv,
    "A0Z"sv,
    ""sv,
    "\\ud83d\\ude00"sv,
    "\\ud800"sv,
    "\\udc00"sv,
    "\\ud800\\u0041"sv,
    "\\u0000"sv,
    "\\u0055S"sv,
    "\\n"sv,
    "\\/"sv,
    "\\x"sv,
    "\\u12"sv,
    "\x01"sv,
    "\x7f"sv,
    "\xc3\xa9"sv,
    "\xff"sv,
    "\xed\xa0\x80"sv,
    "\0"sv,
    "2026-11-23T12:00:00Z"sv,
    "2026-11-23t12:00:00.123456z"sv,
    "2026-11-23 23:59:60+23:59"sv,
    "2024-02-29T00:00:00-00:00"sv,
    "2023-02-29T00:00:00Z"sv,
    "2000-01-01T00:00:00+00:01"sv,
    "2099-12-31T23:59:60Z"sv,
    "2026-11-23T24:00:00Z"sv,
    "2026-11-23T12:00:00.Z"sv,
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"sv,
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"sv};
constexpr std::array kScalars = {"0"sv,
                                 "-0"sv,
                                 "1"sv,
                                 "-1"sv,
                                 "007"sv,
                                 "00"sv,
                                 "1.0"sv,
                                 "1e3"sv,
                                 "1E400"sv,
                                 "1e-400"sv,
                                 "-"sv,
                                 "1."sv,
                                 ".5"sv,
                                 "+1"sv,
                                 "4294967295"sv,
                                 "4294967296"sv,
                                 "9007199254740993"sv,
                                 "946684799999"sv,
                                 "946684800000"sv,
                                 "1000000000000"sv,
                                 "1000000000001"sv,
                                 "4102444799999"sv,
                                 "4102444800000"sv,
                                 "9223372036854775807"sv,
                                 "9223372036854775808"sv,
                                 "18446744073709551615"sv,
                                 "18446744073709551616"sv,
                                 "18446744073709551617"sv,
                                 "99999999999999999999999"sv,
                                 "00000000000000000001"sv,
                                 "1790000000000"sv,
                                 "true"sv,
                                 "false"sv,
                                 "null"sv,
                                 "nul"sv,
                                 "nullx"sv,
                                 "True"sv,
                                 "NaN"sv,
                                 "1 2"sv,
                                 "1\0"sv,
                                 "\f"sv};

// `text` in quotes; one character in a while as an escape of six.
std::string Quoted(std::string_view text, Dice& dice) {
  std::string quoted = "\"";
  const size_t escaped = dice.OneIn(8) ? dice.Below(text.size()) : text.size();
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (i != escaped || byte >= 0x80) {
      quoted.push_back(text[i]);
      continue;
    }
    char escape[8];
    std::snprintf(escape, sizeof(escape), dice.OneIn(2) ? "\\u%04x" : "\\u%04X", byte);
    quoted += escape;
  }
  return quoted + "\"";
}

std::string RandomValue(Dice& dice) {
  if (dice.OneIn(12)) {
    const size_t depth = dice.OneIn(4) ? 1 + dice.Below(1100) : 1 + dice.Below(3);
    std::string nested(depth, '[');
    nested += dice.OneIn(2) ? "{\"a\":1}" : "";
    return nested.append(depth - (dice.OneIn(16) ? 1 : 0), dice.OneIn(16) ? '}' : ']');
  }
  if (dice.OneIn(2)) return Quoted(dice.Pick(kTexts), dice);
  return std::string(dice.Pick(kScalars));
}

std::string RandomMember(Dice& dice) {
  return Quoted(dice.Pick(kKeys), dice) + ":" + RandomValue(dice);
}

std::string Number(uint64_t value) {
  return std::to_string(value);
}

// Every field right: what a mutation of it then breaks is all that is wrong.
std::string GoodEvent(Dice& dice) {
  constexpr std::array kTypes = {"impression"sv, "click"sv, "conversion"sv};
  std::vector<std::string> members = {
      "\"event_id\":\"e" + Number(dice.Below(1000)) + "\"",
      "\"type\":\"" + std::string(dice.Pick(kTypes)) + "\"",
      "\"timestamp\":" + Number(1'790'000'000'000 + dice.Below(1000)),
      "\"advertiser_id\":" + Number(1 + dice.Below(9)),
      "\"campaign_id\":" + Number(1 + dice.Below(99)),
      "\"ad_group_id\":" + Number(1 + dice.Below(999)),
      "\"creative_id\":" + Number(1 + dice.Below(9999)),
  };
  if (dice.OneIn(8)) {
    members.resize(3);
    members[1] = "\"type\":\"conversion\"";
    members.emplace_back("\"click_id\":\"token\"");
  }
  if (dice.OneIn(2))
    members.emplace_back("\"device\":\"mobile\",\"country\":\"US\",\"region\":\"CA\"");
  if (dice.OneIn(2)) members.emplace_back("\"cost_micros\":250000");
  if (dice.OneIn(4)) members.emplace_back("\"value_micros\":5,\"order_id\":\"o\"");
  if (dice.OneIn(4)) members.emplace_back("\"user_id\":\"u\",\"click_time\":1790000000000");
  if (dice.OneIn(4)) members.push_back(RandomMember(dice));
  if (dice.OneIn(4)) std::swap(members[0], members[dice.Below(members.size())]);
  std::string event;
  const char* space = dice.OneIn(4) ? " " : "";
  for (const std::string& member : members) {
    event += (event.empty() ? "{" : ",") + std::string(space) + member;
  }
  return event + "}";
}

size_t Find(const Tokens& tokens, size_t from, std::string_view what) {
  while (from < tokens.size() && tokens[from] != what) ++from;
  return from;
}

void MutateTokens(Tokens& tokens, Dice& dice) {
  const auto at = [&](size_t index) { return tokens.begin() + static_cast<ptrdiff_t>(index); };
  const size_t chosen = dice.Below(tokens.size());
  std::string& token = tokens[chosen];
  switch (dice.Below(8)) {
    case 0: {  // another key, text or number
      const bool key = chosen + 1 < tokens.size() && tokens[chosen + 1] == ":";
      token = key ? Quoted(dice.Pick(kKeys), dice) : RandomValue(dice);
      return;
    }
    case 1: {  // one more member, or a member twice
      const size_t place = Find(tokens, chosen, ",");
      tokens.insert(at(place), "," + RandomMember(dice));
      return;
    }
    case 2: {  // a member less
      const size_t begin = Find(tokens, chosen, ",");
      const size_t end = begin < tokens.size() ? Find(tokens, begin + 1, ",") : begin;
      tokens.erase(at(begin), at(end));
      return;
    }
    case 3:
      tokens.insert(at(dice.Below(tokens.size())), std::string(token));
      return;
    case 4:
      tokens.erase(at(chosen));
      return;
    case 5:
      std::swap(token, tokens[dice.Below(tokens.size())]);
      return;
    case 6: {
      constexpr std::array kSpaces = {" "sv,  "\n"sv, "\r\n"sv,    "\t"sv,
                                      "\f"sv, "\0"sv, "\xc2\xa0"sv};
      tokens.insert(at(chosen), std::string(dice.Pick(kSpaces)));
      return;
    }
    default: {
      const size_t size = token.size();
      token.resize(size + 8);
      token.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(token.data()), size, token.size()));
      return;
    }
  }
}

// One more event in front or behind, as a line or as an element; or all of them in an array.
std::string WithAnotherEvent(std::string body, Dice& dice) {
  const std::string event = dice.OneIn(8) ? RandomValue(dice) : GoodEvent(dice);
  if (!body.empty() && body[0] == '[' && dice.OneIn(2)) return "[" + event + "," + body.substr(1);
  switch (dice.Below(6)) {
    case 0:
      return "[" + event + "]";
    case 1:
      return "[" + body + "," + event + "]";
    case 2:
      return event + "\n" + body;
    case 3:
      return body + "\r\n" + event + "\r\n";
    case 4:
      return body + "\n" + event;
    default:
      return event;
  }
}

std::string Mutated(std::string_view body, Dice& dice) {
  Tokens tokens = Split(body);
  if (tokens.empty() || dice.OneIn(8)) return WithAnotherEvent(std::string(body), dice);
  for (size_t changes = 1 + dice.Below(3); changes > 0 && !tokens.empty(); --changes) {
    MutateTokens(tokens, dice);
  }
  return Join(tokens);
}

}  // namespace
}  // namespace adtally::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  using namespace adtally::fuzz;
  Dice dice(seed);
  if (dice.OneIn(4)) return LLVMFuzzerMutate(data, size, max_size);
  const std::string mutated = Mutated({reinterpret_cast<const char*>(data), size}, dice);
  const size_t stored = std::min(mutated.size(), max_size);
  std::memcpy(data, mutated.data(), stored);
  return stored;
}
