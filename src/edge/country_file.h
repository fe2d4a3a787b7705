#pragma once

#include <memory>
#include <string>

#include "base/ip_network.h"
#include "base/result.h"
#include "event/event.h"

namespace adtally {

struct Place {
  CountryCode country;  // empty: unknown
  RegionCode region;
};

// A MaxMind-format (mmdb) file in the layout of GeoLite2, GeoIP2 and DB-IP: country.iso_code and
// subdivisions[0].iso_code. Mapped into memory; read once at the start. Thread-safe.
class CountryFile {
 public:
  // kNotFound or kCorrupt when the file cannot be opened or read as an mmdb file with countries.
  static Result<std::unique_ptr<CountryFile>> Open(const std::string& path);
  ~CountryFile();

  // Both empty when the file does not know the address.
  Place Find(const IpAddress& address) const;

 private:
  struct Impl;
  explicit CountryFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace adtally
