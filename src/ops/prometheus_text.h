#pragma once

#include <string>
#include <string_view>

namespace adtally {

// Writes metrics in Prometheus' text format (version 0.0.4). Samples of one metric must follow each
// other.
class PrometheusText {
 public:
  // Announces a metric. `type`: "counter" or "gauge". Names end in their unit: _seconds, _bytes,
  // _total.
  void Metric(std::string_view name, std::string_view type, std::string_view help);
  // One sample of the metric announced last. `labels` as they stand between braces, e.g.
  // `partition="3"`.
  void Sample(double value, std::string_view labels = "");

  const std::string& text() const { return text_; }

 private:
  std::string name_;
  std::string text_;
};

}  // namespace adtally
