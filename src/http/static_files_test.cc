#include "http/static_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "http/content_decoder.h"
#include "http/security_headers.h"
#include "testing/temporary_folder.h"

namespace adtally::http {
namespace {

namespace fs = std::filesystem;

class StaticFilesTest : public ::testing::Test {
 protected:
  StaticFilesTest() {
    Write("web/index.html", "<!doctype html>" + std::string(2000, ' '));
    Write("web/assets/app-3f2a.js", "let x = 1;" + std::string(5000, 'x'));
    Write("web/assets/logo-1.png", "PNG");
    Write("web/favicon.svg", "<svg/>");
    Write("secret.txt", "secret");
  }

  void Write(const std::string& name, const std::string& data) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << data;
  }

  Response Get(std::string_view path,
               std::vector<std::pair<std::string_view, std::string_view>> headers = {},
               std::string_view method = "GET") {
    auto files = StaticFiles::Load(root_ / "web");
    EXPECT_TRUE(files.ok());
    Request request;
    request.method = method;
    request.path = path;
    request.headers = std::move(headers);
    return files->Get(request);
  }

  static std::string Header(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }

  TemporaryFolder folder_;
  const fs::path root_ = folder_.path();
};

TEST_F(StaticFilesTest, ServesFilesWithTheirTypes) {
  const Response script = Get("/assets/app-3f2a.js");
  EXPECT_EQ(script.status, 200);
  EXPECT_EQ(Header(script, "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(Header(script, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(Header(script, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(Header(script, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(Header(Get("/assets/logo-1.png"), "Content-Type"), "image/png");
  EXPECT_EQ(Header(Get("/favicon.svg"), "Content-Type"), "image/svg+xml");
  EXPECT_EQ(Header(Get("/favicon.svg"), "Cache-Control"), "no-cache");
}

TEST_F(StaticFilesTest, AnswersIndexForPathsOfTheApplication) {
  for (const char* path : {"/", "/index.html", "/campaigns/7", "/login"}) {
    const Response response = Get(path);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(Header(response, "Cache-Control"), "no-cache");
    EXPECT_EQ(Header(response, "Content-Security-Policy"), kPagePolicy);
  }
  EXPECT_EQ(Get("/missing.js").status, 404);
  EXPECT_EQ(Get("/assets/none.css").status, 404);
}

TEST_F(StaticFilesTest, NeverLeavesTheFolder) {
  for (const char* path : {"/../secret.txt", "/%2e%2e/secret.txt", "/assets/../../secret.txt",
                           "//secret.txt", "/..%2fsecret.txt"}) {
    EXPECT_EQ(Get(path).status, 404) << path;
  }
}

TEST_F(StaticFilesTest, CompressesWhereTheClientAccepts) {
  const Response plain = Get("/assets/app-3f2a.js");
  const Response small = Get("/assets/app-3f2a.js", {{"accept-encoding", "br, gzip;q=0.8"}});
  EXPECT_EQ(Header(small, "Content-Encoding"), "gzip");
  EXPECT_EQ(Header(small, "Vary"), "Accept-Encoding");
  EXPECT_EQ(Header(plain, "Content-Encoding"), "");
  std::string decoded;
  ContentDecoder decoder;
  ASSERT_TRUE(decoder.Decode(ContentCoding::kGzip, small.body, 1 << 20, decoded).ok());
  EXPECT_EQ(decoded, plain.body);
  EXPECT_LT(small.body.size(), plain.body.size());
  EXPECT_EQ(Get("/assets/app-3f2a.js", {{"Accept-Encoding", "gzip;q=0"}}).body, plain.body);
  EXPECT_EQ(Header(Get("/favicon.svg", {{"Accept-Encoding", "gzip"}}), "Content-Encoding"), "");
}

TEST_F(StaticFilesTest, AnswersNotModified) {
  const Response first = Get("/");
  const std::string etag = Header(first, "ETag");
  const Response second = Get("/", {{"If-None-Match", etag}});
  EXPECT_EQ(second.status, 304);
  EXPECT_EQ(second.body, "");
  EXPECT_EQ(Get("/", {{"If-None-Match", "\"other\""}}).status, 200);
}

TEST_F(StaticFilesTest, OtherMethodsAreNotAllowed) {
  const Response response = Get("/", {}, "POST");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(Header(response, "Allow"), "GET, HEAD");
}

TEST_F(StaticFilesTest, SaysWhatIsMissing) {
  const auto files = StaticFiles::Load(root_ / "nowhere");
  ASSERT_FALSE(files.ok());
  EXPECT_NE(files.error().message.find("nowhere"), std::string::npos);
  fs::create_directories(root_ / "empty");
  EXPECT_FALSE(StaticFiles::Load(root_ / "empty").ok());
}

}  // namespace
}  // namespace adtally::http
