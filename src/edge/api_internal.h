// The calls of the API, one function each, and what they share. Only api*.cc include this.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json_writer.h"
#include "edge/api.h"

namespace lineside::edge {

struct ApiCall {
  const ApiSources& sources;
  const net::HttpRequest& request;
  std::vector<std::string_view> captured;  // what the pattern's '*' stand for

  // Empty where it is not given.
  std::string_view parameter(std::string_view name) const {
    return request.target.parameter(name).value_or("");
  }
};

// A whole number of the query. Errors: invalid.
Result<std::size_t> number_parameter(const ApiCall& call, std::string_view name,
                                     std::size_t otherwise, std::size_t min, std::size_t max);

net::HttpResponse json_response(int status, codec::JsonWriter& json);
net::HttpResponse error_response(int status, const Error& error);

using ApiAnswer = Result<net::HttpResponse>;

// api_assets.cc
ApiAnswer list_assets(const ApiCall& call);
ApiAnswer show_asset(const ApiCall& call);
// api_history.cc
ApiAnswer show_history(const ApiCall& call);
// api_alerts.cc
ApiAnswer list_alerts(const ApiCall& call);
ApiAnswer show_alert(const ApiCall& call);
ApiAnswer add_verdict(const ApiCall& call);
// AlertViews of the newest alerts of an asset, as a list.
Result<void> write_alerts(codec::JsonWriter& json, const ApiSources& sources,
                          const store::AlertQuery& query);
// api_config.cc
ApiAnswer show_status(const ApiCall& call);
ApiAnswer show_rejects(const ApiCall& call);
ApiAnswer show_config(const ApiCall& call);
ApiAnswer reload_config(const ApiCall& call);
ApiAnswer show_metrics(const ApiCall& call);
// The members that an asset's page and the configuration show of a pipeline.
void write_pipeline(codec::JsonWriter& json, const PlannedPipeline& pipeline);

}  // namespace lineside::edge
