#include "cli/import_export/user_readers.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace roster::cli {
namespace {

constexpr std::string_view kWhatToDo = "; leave the line out and add the user with a new password";

bool is_des_crypt(std::string_view hash) noexcept {
    constexpr std::size_t kSize = 13;
    return hash.size() == kSize && std::all_of(hash.begin(), hash.end(), [](char c) {
               const char lower = ascii_lower(c);
               return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '.' || c == '/';
           });
}

// htpasswd itself still writes these; each can be guessed too fast.
std::optional<std::string> why_too_weak(std::string_view hash) {
    std::string_view kind;
    if (hash.starts_with("$apr1$"))
        kind = "$apr1$ (a thousand rounds of MD5)";
    else if (hash.starts_with("{SHA}"))
        kind = "{SHA} (SHA-1 without a salt)";
    else if (is_des_crypt(hash))
        kind = "crypt with DES (the first eight letters only)";
    else
        return std::nullopt;
    return "the hash is " + std::string(kind) + ", which is too weak to be taken" +
           std::string(kWhatToDo);
}

class HtpasswdReader final : public UserReader {
  public:
    explicit HtpasswdReader(LineSource& lines) : lines_(lines) {}

    result<std::optional<Imported>> next() override {
        for (;;) {
            const auto line = lines_.next();
            if (!line) return line.error();
            if (!*line) return std::optional<Imported>{};
            if ((*line)->is_too_long) return std::optional<Imported>(too_long(**line));
            const std::string_view text = without_carriage_return((*line)->text);
            const bool is_comment = text.starts_with('#');
            if (is_comment || text.find_first_not_of(" \t") == std::string_view::npos) continue;
            return std::optional<Imported>(parse_htpasswd_user(text, (*line)->number));
        }
    }

  private:
    LineSource& lines_;
};

}  // namespace

Imported parse_htpasswd_user(std::string_view line, std::size_t number) {
    if (auto bad = find_bad_bytes(line)) return LineProblem(number, std::move(*bad));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
        return LineProblem(number, "no colon; a line must be NAME:HASH");
    const std::string_view hash = line.substr(colon + 1);
    if (hash.find(':') != std::string_view::npos)
        return LineProblem(number,
                           "more than NAME:HASH; a file of htdigest holds no hashes that can be "
                           "taken");
    if (auto weak = why_too_weak(hash)) return LineProblem(number, std::move(*weak));
    if (!is_hash_like(hash))
        return LineProblem(number,
                           "what follows the colon is not a hash that roster knows; import plain "
                           "passwords as CSV or NDJSON");
    if (auto refused = why_hash_refused(hash)) return LineProblem(number, "the hash " + *refused);
    ParsedUser user;
    user.email = line.substr(0, colon);
    user.password_hash = Secret(hash);
    return check_imported(std::move(user), number);
}

std::unique_ptr<UserReader> make_htpasswd_reader(LineSource& lines) {
    return std::make_unique<HtpasswdReader>(lines);
}

}  // namespace roster::cli
