#include "storage/core/user_search.hpp"

#include "core/json/user_json.hpp"
#include "core/text.hpp"
#include "core/user_profile.hpp"

#include <sodium.h>
#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <utility>

namespace roster::storage {
namespace {

constexpr std::size_t kNumberBytes = sizeof(std::uint64_t);
constexpr std::size_t kHeadBytes = 3 * kNumberBytes;
// Longer e-mails can only come from stores that another program wrote; those fit, too.
constexpr std::size_t kMaxCursorBytes = kHeadBytes + 64 * 1024;
constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

int compare_by(UserSortKey key, const SearchRow& a, const SearchRow& b) noexcept {
    switch (key) {
        case UserSortKey::id: return a.id < b.id ? -1 : int{a.id > b.id};
        case UserSortKey::email: return compare_emails(a.email, b.email);
        case UserSortKey::created_at:
            return a.created_at < b.created_at ? -1 : int{a.created_at > b.created_at};
        case UserSortKey::last_login_at:
            return a.last_login_at < b.last_login_at ? -1 : int{a.last_login_at > b.last_login_at};
    }
    return 0;
}

// An order uses one time at most, as its first key. Null if it uses none.
template <class Row>
auto time_in(const UserOrder& order, Row& row) noexcept -> decltype(&row.created_at) {
    switch (order.first().key) {
        case UserSortKey::created_at: return &row.created_at;
        case UserSortKey::last_login_at: return &row.last_login_at;
        default: return nullptr;
    }
}

bool uses(const UserOrder& order, UserSortKey key) noexcept {
    return order.first().key == key || order.second().key == key;
}

void append(std::string& bytes, std::uint64_t number) {
    boost::endian::native_to_big_inplace(number);
    bytes.append(reinterpret_cast<const char*>(&number), kNumberBytes);
}

std::uint64_t number_at(std::string_view bytes, std::size_t index) {
    return boost::endian::load_big_u64(
        reinterpret_cast<const unsigned char*>(bytes.data() + index * kNumberBytes));
}

std::uint64_t digest_of(const UserQuery& query) {
    std::string text = to_string(query.order) + '\n';
    text += query.role ? to_string(*query.role) : "";
    text += query.disabled ? (*query.disabled ? "\ndisabled\n" : "\nenabled\n") : "\n\n";
    // No text that is searched for has a line feed. Without a group as before there were any.
    if (!query.group.empty()) text += query.group + '\n';
    text += fold_email(query.text);
    // SipHash with a public key: it is against mistakes, not against forgers. A forged cursor shows
    // nothing that the list would not show.
    constexpr unsigned char kKey[crypto_shorthash_KEYBYTES] = {'r', 'o', 's', 't', 'e', 'r'};
    unsigned char hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, reinterpret_cast<const unsigned char*>(text.data()), text.size(), kKey);
    return boost::endian::load_big_u64(hash);
}

}  // namespace

std::int64_t seconds_of(const std::optional<std::chrono::sys_seconds>& login) noexcept {
    return login ? login->time_since_epoch().count() : kNever;
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

bool is_before(const SearchRow& a, const SearchRow& b, const UserOrder& order) noexcept {
    const int first = compare_by(order.first().key, a, b);
    if (first != 0) return order.first().is_descending ? first > 0 : first < 0;
    const int second = compare_by(order.second().key, a, b);
    return order.second().is_descending ? second > 0 : second < 0;
}

std::string make_cursor(const Position& position, const UserQuery& query) {
    std::string bytes;
    append(bytes, digest_of(query));
    append(bytes, position.id);
    const std::int64_t* time = time_in(query.order, position);
    append(bytes, static_cast<std::uint64_t>(time != nullptr ? *time : 0));
    if (uses(query.order, UserSortKey::email)) bytes += fold_email(position.email);
    std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
    sodium_bin2base64(text.data(), text.size(),
                      reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), kVariant);
    text.pop_back();  // sodium ends it with a NUL
    return text;
}

std::optional<Position> read_cursor(std::string_view cursor, const UserQuery& query) {
    if (cursor.size() > 2 * kMaxCursorBytes) return std::nullopt;
    std::string bytes(cursor.size(), '\0');
    std::size_t size = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                          cursor.data(), cursor.size(), nullptr, &size, nullptr, kVariant) != 0)
        return std::nullopt;
    if (size < kHeadBytes || size > kMaxCursorBytes) return std::nullopt;
    bytes.resize(size);
    if (number_at(bytes, 0) != digest_of(query)) return std::nullopt;
    Position position;
    position.id = number_at(bytes, 1);
    if (position.id == 0 || position.id > kMaxNumber) return std::nullopt;
    if (std::int64_t* time = time_in(query.order, position))
        *time = static_cast<std::int64_t>(number_at(bytes, 2));
    position.email = bytes.substr(kHeadBytes);
    if (position.email.empty() == uses(query.order, UserSortKey::email)) return std::nullopt;
    return position;
}

result<std::optional<Position>> start_of(const UserQuery& query) {
    if (problem_of(query)) return Errc::invalid_request;
    std::optional<Position> after;
    if (query.cursor) {
        after = read_cursor(*query.cursor, query);
        if (!after) return Errc::invalid_request;
    }
    return after;
}

result<PageCollector> PageCollector::begin(const UserQuery& query) {
    auto after = start_of(query);
    if (!after) return after.error();
    return PageCollector(query, std::move(*after));
}

PageCollector::PageCollector(const UserQuery& query, std::optional<Position> after)
    : query_(&query), after_(std::move(after)), folded_text_(fold_email(query.text)) {}

bool PageCollector::matches(const SearchRow& row) const {
    if (query_->role && row.role != *query_->role) return false;
    if (query_->disabled && row.disabled != *query_->disabled) return false;
    if (!query_->group.empty() && !has_group(row.groups, query_->group)) return false;
    const auto equal = [](char c, char folded) { return ascii_lower(c) == folded; };
    return std::search(row.email.begin(), row.email.end(), folded_text_.begin(), folded_text_.end(),
                       equal) != row.email.end() ||
           folded_text_.empty();
}

void PageCollector::add(const SearchRow& row) {
    if (!matches(row)) return;
    ++matches_;
    const UserOrder& order = query_->order;
    if (after_ && !is_before(after_->row(), row, order)) return;
    const auto before = [&order](const Position& a, const Position& b) {
        return is_before(a.row(), b.row(), order);
    };
    if (is_full()) {
        if (!is_before(row, positions_.front().row(), order)) return;
        std::pop_heap(positions_.begin(), positions_.end(), before);
        positions_.back() = Position(row);
    } else {
        positions_.emplace_back(row);
    }
    std::push_heap(positions_.begin(), positions_.end(), before);
}

UserPage PageCollector::page(const std::function<std::optional<User>(UserId)>& find) {
    std::sort(positions_.begin(), positions_.end(), [this](const Position& a, const Position& b) {
        return is_before(a.row(), b.row(), query_->order);
    });
    UserPage page;
    if (query_->total) page.total = matches_;
    if (is_full()) {
        positions_.resize(query_->limit);
        page.next_cursor = make_cursor(positions_.back(), *query_);
    }
    page.users.reserve(positions_.size());
    for (const Position& position : positions_) {
        auto user = find(position.id);
        if (!user) continue;
        const std::string groups = join_groups(user->profile.groups);
        if (matches({user->id, 0, 0, user->email, user->role, user->disabled, groups}))
            page.users.push_back(std::move(*user));
    }
    return page;
}

}  // namespace roster::storage
