#include "reporting/openapi_document.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <set>
#include <string>

#include "reporting/report_columns.h"

namespace adtally {
namespace {

using simdjson::dom::element;

// The text values of an array, or the names of the fields "name" of its objects.
std::set<std::string> Texts(element array) {
  std::set<std::string> texts;
  for (const element item : array.get_array()) {
    std::string_view text;
    if (item.get_string().get(text) != simdjson::SUCCESS) text = item["name"].get_string().value();
    texts.emplace(text);
  }
  return texts;
}

class OpenApiDocumentTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string_view text = OpenApiDocument();
    ASSERT_EQ(parser_.parse(text.data(), text.size()).get(document_), simdjson::SUCCESS);
  }
  element ReportParameter(std::string_view name) {
    for (const element parameter :
         document_["paths"]["/v1/report"]["get"]["parameters"].get_array()) {
      if (parameter["name"].get_string().value() == name) return parameter;
    }
    ADD_FAILURE() << name << " is not documented";
    return {};
  }

  simdjson::dom::parser parser_;
  element document_;
};

TEST_F(OpenApiDocumentTest, IsOpenApi31) {
  EXPECT_EQ(document_["openapi"].get_string().value(), "3.1.0");
}

TEST_F(OpenApiDocumentTest, ListsTheDimensionsAndMetricsOfTheCode) {
  std::set<std::string> groups;
  for (const ReportDimension& dimension : ReportDimensions()) {
    groups.emplace(dimension.group);
    ReportParameter(dimension.column);
  }
  EXPECT_EQ(Texts(ReportParameter("group_by")["schema"]["items"]["enum"]), groups);
  std::set<std::string> metrics;
  for (const ReportMetric& metric : ReportMetrics()) metrics.emplace(metric.name);
  EXPECT_EQ(Texts(ReportParameter("metrics")["schema"]["items"]["enum"]), metrics);
  const std::set<std::string> devices(kDevices.begin(), kDevices.end());
  EXPECT_EQ(Texts(ReportParameter("device")["schema"]["items"]["enum"]), devices);
}

// A live report takes what a report takes, but for how it is sent.
TEST_F(OpenApiDocumentTest, ALiveReportTakesTheParametersOfAReport) {
  std::set<std::string> expected = Texts(document_["paths"]["/v1/report"]["get"]["parameters"]);
  for (const char* own : {"format", "page_token", "If-None-Match"}) expected.erase(own);
  expected.insert("Last-Event-ID");
  std::set<std::string> live;
  for (const element parameter :
       document_["paths"]["/v1/report/live"]["get"]["parameters"].get_array()) {
    std::string_view name, reference;
    if (parameter["$ref"].get_string().get(reference) == simdjson::SUCCESS) {
      name = document_.at_pointer(reference.substr(1))["name"].get_string().value();
    } else {
      name = parameter["name"].get_string().value();
    }
    live.emplace(name);
  }
  EXPECT_EQ(live, expected);
}

// Every "$ref" points at something of the document.
TEST_F(OpenApiDocumentTest, HasNoDanglingReferences) {
  const std::string_view text = OpenApiDocument();
  constexpr std::string_view kRef = "\"$ref\": \"#";
  size_t count = 0;
  for (size_t at = text.find(kRef); at != std::string_view::npos; at = text.find(kRef, at + 1)) {
    const size_t begin = at + kRef.size();
    const std::string_view pointer = text.substr(begin, text.find('"', begin) - begin);
    EXPECT_EQ(document_.at_pointer(pointer).error(), simdjson::SUCCESS) << pointer;
    ++count;
  }
  EXPECT_GT(count, 20u);
}

}  // namespace
}  // namespace adtally
