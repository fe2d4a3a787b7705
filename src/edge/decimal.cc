#include "edge/decimal.h"

namespace adtally {
namespace {

constexpr int kDecimals = 6;
constexpr size_t kMaxDigits = 18;  // fits an int64 whatever the digits

bool AppendDigits(std::string_view digits, int64_t& value) {
  for (const char c : digits) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  return true;
}

}  // namespace

std::optional<int64_t> ParseDecimalMicros(std::string_view text, int64_t max_micros) {
  const size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() || fraction.size() > kDecimals) return std::nullopt;
  if (point != std::string_view::npos && fraction.empty()) return std::nullopt;
  while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
  if (whole.size() + kDecimals > kMaxDigits) return std::nullopt;

  int64_t micros = 0;
  if (!AppendDigits(whole, micros) || !AppendDigits(fraction, micros)) return std::nullopt;
  for (size_t i = fraction.size(); i < kDecimals; ++i) micros *= 10;
  if (micros > max_micros) return std::nullopt;
  return micros;
}

}  // namespace adtally
