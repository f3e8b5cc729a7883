#include "hub/told_error.h"

#include "base/log.h"

namespace lineside::hub {

namespace {

// Whether the code speaks of the state of the server: of what the caller sent it says no path.
bool is_of_the_server(Code code) {
  switch (code) {
    case Code::exhausted:
    case Code::unavailable:
    case Code::timeout:
    case Code::corrupt:
    case Code::internal:
      return true;
    default:
      return false;
  }
}

std::string_view text_of(Code code) {
  switch (code) {
    case Code::exhausted:
      return "the hub has no room left; its log says where";
    case Code::unavailable:
    case Code::timeout:
      return "the hub cannot do it now; try again";
    default:
      return kHubFailed;
  }
}

}  // namespace

Error told_error(const Error& error, std::string_view data_folder) {
  const std::string& text = error.text;
  const bool names_folder = data_folder.size() > 1 && text.contains(data_folder);
  const bool names_file = is_of_the_server(error.code) && text.contains('/');
  if (!names_folder && !names_file && !text.contains("SQLite")) return error;
  log::error("hub", "{}", text);
  return fail(error.code, std::string(text_of(error.code)));
}

Error with_way_on(Error error) {
  if (error.code != Code::corrupt) return error;
  error.text +=
      "; a hub does not start without it: make a folder anew from the last good backup and put "
      "this one's keys/ there, as `lineside help restore` says";
  return error;
}

}  // namespace lineside::hub
