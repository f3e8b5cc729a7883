#include <format>

#include "base/text.h"
#include "infer/signature_internal.h"

namespace lineside::infer {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : split(text, '\n')) lines.emplace_back(line);
  return lines;
}

Error wrong(std::string_view key, std::string_view expected, std::string_view found) {
  return fail(Code::unsupported,
              std::format("metadata lineside.{}: expected {}, found {}", key, expected, found));
}

Result<std::vector<double>> numbers_of(const std::vector<std::string>& lines) {
  std::vector<double> numbers;
  for (const std::string& line : lines) {
    const auto number = to_number(line);
    if (!number) return wrong("reference", "a number", "'" + excerpt(line, 40) + "'");
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace

Result<Signature> read_signature(
    const std::function<std::optional<std::string>(const char*)>& entry, std::size_t width,
    std::size_t outputs) {
  const auto format = entry("lineside.format");
  if (!format) return Signature{};
  if (*format != "1") return wrong("format", "1", "'" + excerpt(*format, 40) + "'");
  const auto list = [&](const char* key, std::size_t size) -> Result<std::vector<std::string>> {
    const std::string full_key = std::string("lineside.") + key;
    const auto text = entry(full_key.c_str());
    if (!text) return wrong(key, "a list", "nothing");
    std::vector<std::string> lines = lines_of(*text);
    if (lines.size() != size)
      return wrong(key, std::format("{} lines, as the graph has columns", size),
                   std::format("{}", lines.size()));
    return lines;
  };
  Signature signature;
  signature.features = TRY(list("features", width));
  signature.outputs = TRY(list("outputs", outputs));
  signature.units = TRY(list("units", outputs));
  const std::vector<std::string> reference = TRY(list("reference", width));
  signature.reference = TRY(numbers_of(reference));
  auto definition = entry("lineside.definition");
  if (!definition) return wrong("definition", "the pipeline's feature definition", "nothing");
  signature.definition = std::move(*definition);
  return signature;
}

}  // namespace lineside::infer
