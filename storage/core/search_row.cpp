#include "storage/core/search_row.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace roster::storage {
namespace {

// A shorter one has no trigram.
constexpr std::size_t kLeastToFindAnywhere = 3;

// Is in no UTF-8: greater than everything that may stand in its place.
constexpr char kAboveAll = '\xff';

int compare_by(UserSortKey key, const SearchRow& a, const SearchRow& b) noexcept {
    switch (key) {
        case UserSortKey::id: return a.id < b.id ? -1 : int{a.id > b.id};
        case UserSortKey::email: return compare_emails(a.email, b.email);
        case UserSortKey::created_at:
            return a.created_at < b.created_at ? -1 : int{a.created_at > b.created_at};
    }
    return 0;
}

}  // namespace

bool wants(const UserQuery& query, UserClass whose) noexcept {
    return (!query.role || *query.role == role_of(whose)) &&
           (!query.disabled || *query.disabled == is_disabled(whose));
}

int compare_emails(std::string_view a, std::string_view b) noexcept {
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
        const auto x = static_cast<unsigned char>(ascii_lower(a[i]));
        const auto y = static_cast<unsigned char>(ascii_lower(b[i]));
        if (x != y) return x < y ? -1 : 1;
    }
    return a.size() < b.size() ? -1 : int{a.size() > b.size()};
}

bool stands_before(const SearchRow& a, const SearchRow& b, const UserOrder& order) noexcept {
    const int first = compare_by(order.first().key, a, b);
    if (first != 0) return order.first().is_descending ? first > 0 : first < 0;
    const int second = compare_by(order.second().key, a, b);
    return order.second().is_descending ? second > 0 : second < 0;
}

EmailPattern::EmailPattern(std::string_view text)
    : folded_(fold_email(text)),
      is_prefix_(!text.empty() && count_code_points(text).value_or(0) < kLeastToFindAnywhere) {}

bool EmailPattern::matches(std::string_view email) const {
    const auto equal = [](char folded, char c) { return folded == ascii_lower(c); };
    if (email.size() < folded_.size()) return false;
    if (is_prefix_) return std::equal(folded_.begin(), folded_.end(), email.begin(), equal);
    return std::search(email.begin(), email.end(), folded_.begin(), folded_.end(),
                       [](char c, char folded) { return folded == ascii_lower(c); }) != email.end();
}

// The last byte is none of a control character: it can be made smaller.
std::string EmailPattern::before_prefix() const {
    std::string text = folded_;
    text.back() = static_cast<char>(static_cast<unsigned char>(text.back()) - 1);
    return text + kAboveAll;
}

std::string EmailPattern::behind_prefix() const {
    return folded_ + kAboveAll;
}

}  // namespace roster::storage
