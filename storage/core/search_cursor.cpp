#include "storage/core/search_cursor.hpp"

#include "storage/core/user_rules.hpp"

#include <sodium.h>
#include <boost/endian/conversion.hpp>

#include <cstddef>

namespace roster::storage {
namespace {

constexpr std::size_t kNumberBytes = sizeof(std::uint64_t);
constexpr std::size_t kHeadBytes = 3 * kNumberBytes;
// Longer e-mails can only come from stores that somebody else wrote; room for those, too.
constexpr std::size_t kMaxBytes = kHeadBytes + 64 * 1024;
constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

bool goes_by(const UserOrder& order, UserSortKey key) noexcept {
    return order.first().key == key || order.second().key == key;
}

void append(std::string& bytes, std::uint64_t number) {
    boost::endian::native_to_big_inplace(number);
    bytes.append(reinterpret_cast<const char*>(&number), kNumberBytes);
}

std::uint64_t number_at(std::string_view bytes, std::size_t place) {
    return boost::endian::load_big_u64(
        reinterpret_cast<const unsigned char*>(bytes.data() + place * kNumberBytes));
}

std::uint64_t digest_of(const UserQuery& query) {
    std::string text = to_string(query.order) + '\n';
    text += query.role ? to_string(*query.role) : "";
    text += query.disabled ? (*query.disabled ? "\ndisabled\n" : "\nenabled\n") : "\n\n";
    text += fold_email(query.text);
    // SipHash with a key that everybody knows: it is against mistakes, not against forgers. Who
    // makes a cursor himself sees nothing that the list would not show him.
    constexpr unsigned char kKey[crypto_shorthash_KEYBYTES] = {'r', 'o', 's', 't', 'e', 'r'};
    unsigned char hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, reinterpret_cast<const unsigned char*>(text.data()), text.size(), kKey);
    return boost::endian::load_big_u64(hash);
}

}  // namespace

std::string make_cursor(const Position& position, const UserQuery& query) {
    std::string bytes;
    append(bytes, digest_of(query));
    append(bytes, position.id);
    append(bytes, static_cast<std::uint64_t>(
                      goes_by(query.order, UserSortKey::created_at) ? position.created_at : 0));
    if (goes_by(query.order, UserSortKey::email)) bytes += fold_email(position.email);
    std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
    sodium_bin2base64(text.data(), text.size(),
                      reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), kVariant);
    text.pop_back();  // sodium ends it with a NUL
    return text;
}

std::optional<Position> read_cursor(std::string_view cursor, const UserQuery& query) {
    if (cursor.size() > 2 * kMaxBytes) return std::nullopt;
    std::string bytes(cursor.size(), '\0');
    std::size_t size = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                          cursor.data(), cursor.size(), nullptr, &size, nullptr, kVariant) != 0)
        return std::nullopt;
    if (size < kHeadBytes || size > kMaxBytes) return std::nullopt;
    bytes.resize(size);
    if (number_at(bytes, 0) != digest_of(query)) return std::nullopt;
    Position position;
    position.id = number_at(bytes, 1);
    if (position.id == 0 || position.id > kMaxNumber) return std::nullopt;
    position.created_at = static_cast<std::int64_t>(number_at(bytes, 2));
    position.email = bytes.substr(kHeadBytes);
    if (position.email.empty() == goes_by(query.order, UserSortKey::email)) return std::nullopt;
    return position;
}

}  // namespace roster::storage
