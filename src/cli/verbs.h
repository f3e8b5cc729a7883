// The verbs of the command line: one row each in verbs.cc, one file each beside this one, with the
// manual (`<verb>.md`) that `lineside help <verb>` prints.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/embedded.h"
#include "base/result.h"

namespace lineside::cli {

using Arguments = std::vector<std::string>;  // what stands behind the verb

struct Verb {
  std::string_view name;
  std::string_view summary;                // one line; empty: not listed
  int (*run)(const Arguments& arguments);  // exit code
};

std::span<const Verb> verbs();
// Runs the verb named by arguments[0]; prints usage and returns 2 when there is none such.
int run(const Arguments& arguments);

// Prints "lineside <verb>: <text>" to stderr, control characters as escapes, and returns the code's
// exit code.
int report(std::string_view verb, const Error& error);

// $XDG_STATE_HOME/lineside, or ~/.local/state/lineside.
std::string default_state_folder();
// Where states lie unless --data says otherwise, whichever verb asks: that of a hub in `hub` of the
// state folder, that of an edge in `edge`; `lineside up` has both. What an older version has left
// elsewhere (all of it in `up`, the edge's in the state folder itself) is used where it is.
std::string default_up_folder();
std::string default_hub_folder();
std::string default_edge_folder();

int run_apply(const Arguments& arguments);
int run_approval(const Arguments& arguments);
int run_audit(const Arguments& arguments);
int run_audit_verify(const Arguments& arguments);  // `audit verify`
int run_backup(const Arguments& arguments);
int run_check(const Arguments& arguments);
int run_delete(const Arguments& arguments);
int run_demo(const Arguments& arguments);
int run_describe(const Arguments& arguments);
int run_diff(const Arguments& arguments);
int run_edge(const Arguments& arguments);
int run_edge_alerts(const Arguments& arguments);  // `edge alerts`
int run_edge_join(const Arguments& arguments);    // `edge join`
int run_edge_list(const Arguments& arguments);    // `edge list`
int run_edge_remove(const Arguments& arguments);  // `edge remove`
int run_edge_revoke(const Arguments& arguments);  // `edge revoke`
int run_edge_show(const Arguments& arguments);    // `edge show`
int run_get(const Arguments& arguments);
int run_graph(const Arguments& arguments);
int run_help(const Arguments& arguments);
int run_history(const Arguments& arguments);
int run_hub(const Arguments& arguments);
int run_internal_probe(const Arguments& arguments);
int run_link(const Arguments& arguments);
int run_restore(const Arguments& arguments);
int run_sim(const Arguments& arguments);
int run_train(const Arguments& arguments);
int run_up(const Arguments& arguments);
int run_upload(const Arguments& arguments);
int run_version(const Arguments& arguments);

}  // namespace lineside::cli

namespace lineside {
std::span<const EmbeddedFile> embedded_manuals();
std::span<const EmbeddedFile> embedded_ui();
}  // namespace lineside
