#include "ops/prometheus_text.h"

#include <fmt/format.h>

#include <iterator>

namespace adtally {

void PrometheusText::Metric(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void PrometheusText::Sample(double value, std::string_view labels) {
  text_ += name_;
  if (!labels.empty()) fmt::format_to(std::back_inserter(text_), "{{{}}}", labels);
  fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

}  // namespace adtally
