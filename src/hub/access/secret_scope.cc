#include "hub/access/secret_scope.h"

#include "codec/json_struct.h"
#include "codec/json_writer.h"

namespace lineside::hub {

std::string to_text(const SecretScope& scope) {
  codec::JsonWriter json;
  json.value(scope);
  return json.take();
}

Result<SecretScope> read_scope(std::string_view text) {
  return codec::read_json<SecretScope>(text, "scope");
}

}  // namespace lineside::hub
