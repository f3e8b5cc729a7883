// Errors as values. A function that can fail because of the outside world returns Result<T>;
// what cannot fail unless we are wrong is a CHECK (check.h).
//
// Texts follow one form: lower case, no full stop, what was expected and what was found.
// Context is added once, at the boundary that knows it: `TRY_WITH(load(path), "while loading")`.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace lineside {

enum class Code : std::uint8_t {
  invalid,          // the input is wrong; the caller can mend it
  not_found,        //
  conflict,         // somebody else changed it, or the same key has another value
  denied,           // known caller, no right
  unauthenticated,  // unknown caller
  exhausted,        // a quota, a disk or a queue is full
  unavailable,      // the peer is not there now; worth a retry
  timeout,          // no answer in time; worth a retry
  corrupt,          // stored or received bytes are damaged
  unsupported,      // asked for something that is not built
  internal,         // a defect of ours
};

// How one code looks to the outside; the only such table.
struct CodeTraits {
  std::string_view name;
  int http_status;
  int exit_code;
  bool retry;
};
const CodeTraits& traits(Code code);

struct [[nodiscard]] Error {
  Code code = Code::internal;
  std::string text;

  // "<context>: <text>", same code.
  Error with(std::string_view context) const;
  bool operator==(const Error&) const = default;
};

// An alias of std::expected is dropped without a warning; a derived class is not.
template <class T>
struct [[nodiscard]] Result : std::expected<T, Error> {
  using std::expected<T, Error>::expected;
  Result(Error error) : std::expected<T, Error>(std::unexpect, std::move(error)) {}
};

inline Error fail(Code code, std::string text) { return Error{code, std::move(text)}; }
inline Error invalid(std::string text) { return fail(Code::invalid, std::move(text)); }

}  // namespace lineside

// `T value = TRY(expression);` returns the error to the caller, or yields the value by move.
// Statement expressions are a GNU extension that gcc and clang share; source: Ladybird AK/Try.h.
// It must not be used on a Result of a reference, nor inside the braces of an aggregate or of an
// initializer list: gcc 14 does not destroy the members already built when the macro returns.
#define TRY(expression) LINESIDE_TRY(expression, LINESIDE_JOIN(try_, __COUNTER__), )

#define TRY_WITH(expression, context) \
  LINESIDE_TRY(expression, LINESIDE_JOIN(try_, __COUNTER__), .with(context))

// A name of its own per use, so that one TRY may stand inside another.
#define LINESIDE_JOIN(a, b) LINESIDE_JOIN_(a, b)
#define LINESIDE_JOIN_(a, b) a##b
#define LINESIDE_TRY(expression, name, context)                  \
  __extension__({                                                \
    auto&& name = (expression);                                  \
    if (!name.has_value()) [[unlikely]]                          \
      return ::lineside::Error(std::move(name).error() context); \
    ::lineside::detail::take(std::move(name));                   \
  })

namespace lineside::detail {

template <class R>
auto take(R&& result) {
  if constexpr (!std::is_void_v<typename std::remove_cvref_t<R>::value_type>)
    return std::move(*result);
}

}  // namespace lineside::detail
