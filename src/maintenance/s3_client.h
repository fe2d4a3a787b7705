#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tiers/archive_place.h"

namespace adtally {

// Single objects of an S3 bucket by name below the place's URL, with signed requests (SigV4). Not
// thread-safe. Errors: kNotFound, kUnavailable; messages name the object and what the server says.
class S3Client {
 public:
  explicit S3Client(const ArchivePlace& place);
  ~S3Client();

  // Passes the object's bytes on as they come.
  Result<void> Get(const std::string& name, const std::function<void(std::string_view)>& take);
  Result<void> Put(const std::string& name, std::string_view bytes);
  Result<void> Delete(const std::string& name);  // also when there is none

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The region in which requests are signed: that of a host of AWS, else us-east-1.
std::string RegionOfS3Url(std::string_view url);

}  // namespace adtally
