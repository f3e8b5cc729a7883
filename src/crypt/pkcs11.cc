// Keys in a PKCS #11 module. Source: RFC 7512 (the URI); OpenSSL's ossl_store(7), provider(7).
#include <algorithm>
#include <cstring>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "base/check.h"
#include "crypt/key_internal.h"

namespace lineside::crypt {

namespace {

using ProviderPtr = std::unique_ptr<OSSL_PROVIDER, Freed<OSSL_PROVIDER_unload>>;
using ContextPtr = std::unique_ptr<OSSL_LIB_CTX, Freed<OSSL_LIB_CTX_free>>;
using StorePtr = std::unique_ptr<OSSL_STORE_CTX, Freed<OSSL_STORE_close>>;
using StoredPtr = std::unique_ptr<OSSL_STORE_INFO, Freed<OSSL_STORE_INFO_free>>;
using UiPtr = std::unique_ptr<UI_METHOD, Freed<UI_destroy_method>>;

// Members are let go from the last one: providers before the context that they are of.
struct Library {
  ContextPtr context;
  ProviderPtr usual;
  ProviderPtr module;
};

// A context of its own, so that nothing else of the process is led through the module.
Result<std::shared_ptr<OSSL_LIB_CTX>> open_library() {
  auto library = std::make_shared<Library>();
  library->context.reset(OSSL_LIB_CTX_new());
  CHECK(library->context);
  library->usual.reset(OSSL_PROVIDER_load(library->context.get(), "default"));
  library->module.reset(OSSL_PROVIDER_load(library->context.get(), "pkcs11"));
  if (!library->usual || !library->module)
    return fail(Code::unsupported,
                "keys in PKCS #11 modules need OpenSSL's provider \"pkcs11\" (package "
                "pkcs11-provider), which does not load here: " +
                    library_reasons());
  OSSL_LIB_CTX* context = library->context.get();
  return std::shared_ptr<OSSL_LIB_CTX>(std::move(library), context);
}

// OpenSSL asks for the PIN in the form in which it asks for the passphrase of a PEM file.
int give_pin(char* out, int size, int, void* pin) {
  const auto& text = *static_cast<const std::string_view*>(pin);
  if (size < 0 || text.size() > static_cast<std::size_t>(size)) return -1;
  std::ranges::copy(text, out);
  return static_cast<int>(text.size());
}

}  // namespace

Result<PrivateKey> private_key_from_pkcs11(const std::string& uri, std::string_view pin) {
  const ErrorScope errors;
  if (!uri.starts_with("pkcs11:")) return invalid("PKCS #11: expected a URI \"pkcs11:...\"");
  std::shared_ptr<OSSL_LIB_CTX> context = TRY(open_library());
  const UiPtr ui(UI_UTIL_wrap_read_pem_callback(give_pin, 0));
  CHECK(ui);
  const StorePtr store(OSSL_STORE_open_ex(uri.c_str(), context.get(), nullptr, ui.get(), &pin,
                                          nullptr, nullptr, nullptr));
  // The URI stays out of messages: it may hold the PIN itself.
  if (!store) return fail(Code::unavailable, "PKCS #11: " + library_reasons());
  OSSL_STORE_expect(store.get(), OSSL_STORE_INFO_PKEY);
  while (OSSL_STORE_eof(store.get()) == 0) {
    const StoredPtr stored(OSSL_STORE_load(store.get()));
    if (!stored || OSSL_STORE_INFO_get_type(stored.get()) != OSSL_STORE_INFO_PKEY) continue;
    KeyPtr key(OSSL_STORE_INFO_get1_PKEY(stored.get()));
    if (key) return PrivateKey{.context = std::move(context), .key = std::move(key)};
  }
  if (OSSL_STORE_error(store.get()) == 1 || ERR_peek_error() != 0)
    return fail(Code::denied, "PKCS #11: the module does not give the key: " + library_reasons());
  return fail(Code::not_found, "PKCS #11: the module has no private key that the URI names");
}

}  // namespace lineside::crypt
