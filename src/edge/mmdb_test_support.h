#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip_network.h"

namespace adtally {

// Writes small mmdb files for tests, in the layout of GeoLite2: an IPv6 tree with 32-bit records,
// IPv4 under ::/96.
class MmdbWriter {
 public:
  // `bits` of the address's own kind: 8 for 10.0.0.0/8. Ranges must not overlap.
  void Add(std::string_view address, int bits, std::string_view country,
           std::string_view region = "") {
    IpAddress path = *ParseIpAddress(address);
    int depth = bits;
    if (path.is_v4()) {
      path.bytes[10] = path.bytes[11] = 0;
      depth += 96;
    }
    uint32_t node = 0;
    for (int bit = 0; bit < depth; ++bit) {
      const auto at = static_cast<size_t>(bit);
      const size_t side = (path.bytes[at / 8] >> (7 - at % 8)) & 1;
      if (bit == depth - 1) {
        nodes_[node][side] = {Kind::kData, static_cast<uint32_t>(data_.size())};
        break;
      }
      if (nodes_[node][side].kind == Kind::kEmpty) {
        nodes_[node][side] = {Kind::kNode, static_cast<uint32_t>(nodes_.size())};
        nodes_.push_back({});
      }
      node = nodes_[node][side].value;
    }
    AppendPlace(country, region);
  }

  std::string Finish() const {
    const auto count = static_cast<uint32_t>(nodes_.size());
    std::string file;
    for (const auto& node : nodes_) {
      for (const Link& link : node) {
        AppendBigEndian(link.kind == Kind::kEmpty  ? count
                        : link.kind == Kind::kNode ? link.value
                                                   : count + 16 + link.value,
                        4, file);
      }
    }
    file.append(16, '\0');
    file += data_;
    file += "\xab\xcd\xefMaxMind.com";
    AppendMetadata(count, file);
    return file;
  }

 private:
  enum class Kind { kEmpty, kNode, kData };
  struct Link {
    Kind kind = Kind::kEmpty;
    uint32_t value = 0;
  };
  enum Type { kString = 2, kUint16 = 5, kUint32 = 6, kMap = 7, kUint64 = 9, kArray = 11 };

  static void AppendBigEndian(uint64_t value, int bytes, std::string& out) {
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  }
  static void Control(Type type, size_t size, std::string& out) {
    if (type <= kMap) {
      out += static_cast<char>(type << 5 | static_cast<int>(size));
    } else {
      out += static_cast<char>(size);
      out += static_cast<char>(type - 7);
    }
  }
  static void String(std::string_view text, std::string& out) {
    Control(kString, text.size(), out);
    out += text;
  }
  static void Number(std::string_view key, Type type, uint64_t value, int bytes, std::string& out) {
    String(key, out);
    Control(type, static_cast<size_t>(bytes), out);
    AppendBigEndian(value, bytes, out);
  }

  void AppendPlace(std::string_view country, std::string_view region) {
    Control(kMap, region.empty() ? 1 : 2, data_);
    String("country", data_);
    Control(kMap, 1, data_);
    String("iso_code", data_);
    String(country, data_);
    if (region.empty()) return;
    String("subdivisions", data_);
    Control(kArray, 1, data_);
    Control(kMap, 1, data_);
    String("iso_code", data_);
    String(region, data_);
  }

  static void AppendMetadata(uint32_t node_count, std::string& out) {
    Control(kMap, 9, out);
    Number("node_count", kUint32, node_count, 4, out);
    Number("record_size", kUint16, 32, 2, out);
    Number("ip_version", kUint16, 6, 2, out);
    Number("binary_format_major_version", kUint16, 2, 2, out);
    Number("binary_format_minor_version", kUint16, 0, 2, out);
    Number("build_epoch", kUint64, 1'790'000'000, 8, out);
    String("database_type", out);
    String("Test-City", out);
    String("languages", out);
    Control(kArray, 0, out);
    String("description", out);
    Control(kMap, 0, out);
  }

  std::vector<std::array<Link, 2>> nodes_{1};
  std::string data_;
};

}  // namespace adtally
