#include "passwords/password_policy.hpp"

#include "core/text.hpp"
#include "passwords/password_blocklist.hpp"

#include <utility>

namespace roster::passwords {
namespace {

std::shared_ptr<const PasswordBlocklist> blocklist(const std::string& file) {
    return std::make_shared<const PasswordBlocklist>(
        file.empty() ? PasswordBlocklist::shipped() : PasswordBlocklist::from_file(file));
}

}  // namespace

PasswordPolicy::PasswordPolicy(std::size_t min_characters,
                               std::shared_ptr<const PasswordBlocklist> forbidden)
    : min_characters_(min_characters), forbidden_(std::move(forbidden)) {}

result<void> PasswordPolicy::check(const Secret& password, std::string_view email) const noexcept {
    const std::string_view text = password.reveal();
    // The length in bytes first: nobody makes us read a megabyte to reject it.
    if (text.size() > kMaxPasswordBytes) return Errc::password_too_long;
    if (!is_clean_text(text)) return Errc::password_not_text;
    if (count_code_points(text).value_or(0) < min_characters_) return Errc::password_too_short;
    if (!forbidden_) return {};
    if (equals_ignoring_case(text, email)) return Errc::password_is_email;
    if (forbidden_->contains(text)) return Errc::password_common;
    return {};
}

PasswordPolicies::PasswordPolicies(std::optional<std::size_t> min_characters,
                                   const std::string& blocklist_file) {
    const auto forbidden = blocklist(blocklist_file);
    const bool is_classic_strict = min_characters || !blocklist_file.empty();
    others_ = PasswordPolicy(min_characters.value_or(kMinPasswordCharacters), forbidden);
    classic_ = PasswordPolicy(min_characters.value_or(kMinClassicPasswordCharacters),
                              is_classic_strict ? forbidden : nullptr);
}

const PasswordPolicy& PasswordPolicies::at(Channel channel) const noexcept {
    return channel == Channel::classic ? classic_ : others_;
}

}  // namespace roster::passwords
