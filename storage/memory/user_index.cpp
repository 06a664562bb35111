#include "storage/memory/user_index.hpp"

#include "core/json/raw_json.hpp"
#include "core/text.hpp"
#include "storage/memory/packed_profile.hpp"

#include <roster/error.hpp>

#include <sodium.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace roster::storage {

static_assert(kMaxMetadataBytes <= std::numeric_limits<std::uint16_t>::max());

User to_user(const UserRecord& record) {
    User user;
    copy_without_hash(record, user);
    user.password_hash = Secret(record.password_hash);
    return user;
}

void copy_without_hash(const UserRecord& record, User& user) {
    user.id = record.id;
    user.email = record.email;
    user.profile = unpack(record.profile);
    user.last_login_at = record.last_login_at;
    user.role = record.role;
    user.disabled = record.disabled;
    user.created_at = record.created_at;
    user.updated_at = record.updated_at;
    user.revision = record.revision;
    user.credentials_revision = record.credentials_revision;
    if (!record.metadata.empty()) user.metadata = record.metadata;
}

UserRecord to_record(const User& user) {
    UserRecord record;
    record.id = user.id;
    record.created_at = user.created_at;
    record.updated_at = user.updated_at;
    record.revision = user.revision;
    record.credentials_revision = user.credentials_revision;
    record.role = user.role;
    record.disabled = user.disabled;
    record.email = user.email;
    record.profile = pack(user.profile);
    record.last_login_at = user.last_login_at;
    record.password_hash = user.password_hash.reveal();
    if (user.metadata != kNoMetadata) record.metadata = user.metadata;
    return record;
}

UserChunk::StoredUser::StoredUser(const UserRecord& record)
    : id(record.id),
      created_at(record.created_at),
      updated_at(record.updated_at),
      revision(record.revision),
      credentials_revision(record.credentials_revision),
      last_login(record.last_login_at),
      email_bytes(static_cast<std::uint16_t>(record.email.size())),
      hash_bytes(static_cast<std::uint16_t>(record.password_hash.size())),
      profile_bytes(static_cast<std::uint16_t>(record.profile.size())),
      metadata_bytes(static_cast<std::uint16_t>(record.metadata.size())),
      role(record.role),
      disabled(record.disabled) {
    texts.reserve(record.email.size() + record.password_hash.size() + record.profile.size() +
                  record.metadata.size() + record.unknown_members.size());
    texts.append(record.email).append(record.password_hash).append(record.profile);
    texts.append(record.metadata).append(record.unknown_members);
}

UserRecord UserChunk::at(std::size_t position) const {
    const StoredUser& user = users_[position];
    std::string_view rest(user.texts);
    const auto next = [&rest](std::size_t bytes) {
        const std::string_view text = rest.substr(0, bytes);
        rest.remove_prefix(bytes);
        return text;
    };
    UserRecord record;
    record.id = user.id;
    record.created_at = user.created_at;
    record.updated_at = user.updated_at;
    record.revision = user.revision;
    record.credentials_revision = user.credentials_revision;
    record.role = user.role;
    record.disabled = user.disabled;
    record.last_login_at = user.last_login.get();
    record.email = next(user.email_bytes);
    record.password_hash = next(user.hash_bytes);
    record.profile = next(user.profile_bytes);
    record.metadata = next(user.metadata_bytes);
    record.unknown_members = rest;
    return record;
}

std::size_t UserChunk::lower_bound(UserId id) const noexcept {
    const auto found =
        std::lower_bound(users_.begin(), users_.end(), id,
                         [](const StoredUser& user, UserId wanted) { return user.id < wanted; });
    return static_cast<std::size_t>(found - users_.begin());
}

// Users by id.

// The chunk where the id is or would be: the last one that begins at or below it, or the first.
std::size_t UserIndex::chunk_of(UserId id) const noexcept {
    const auto above = std::upper_bound(
        chunks_.begin(), chunks_.end(), id,
        [](UserId wanted, const auto& chunk) { return wanted < chunk->users_.front().id; });
    return above == chunks_.begin() ? 0 : static_cast<std::size_t>(above - chunks_.begin()) - 1;
}

std::optional<UserRecord> UserIndex::find(UserId id) const {
    if (chunks_.empty()) return std::nullopt;
    const UserChunk& chunk = *chunks_[chunk_of(id)];
    const std::size_t position = chunk.lower_bound(id);
    if (position == chunk.size() || chunk.users_[position].id != id) return std::nullopt;
    return chunk.at(position);
}

std::optional<User> UserIndex::user(UserId id) const {
    const auto record = find(id);
    if (!record) return std::nullopt;
    return to_user(*record);
}

std::span<const std::shared_ptr<UserChunk>> UserIndex::chunks_above(UserId after) const noexcept {
    if (chunks_.empty()) return {};
    return std::span(chunks_).subspan(chunk_of(after));
}

std::span<const std::shared_ptr<UserChunk>> UserIndex::chunks_below(UserId before) const noexcept {
    if (chunks_.empty()) return {};
    return std::span(chunks_).first(chunk_of(before) + 1);
}

UserId UserIndex::last_id() const noexcept {
    return chunks_.empty() ? 0 : chunks_.back()->users_.back().id;
}

UserView UserIndex::view() {
    ++views_;
    return {chunks_.begin(), chunks_.end()};
}

// A chunk that was made after the last view is in no view.
UserChunk& UserIndex::writable(std::size_t chunk) {
    std::shared_ptr<UserChunk>& shared = chunks_[chunk];
    if (shared->made_after_views_ != views_) {
        auto copy = std::make_shared<UserChunk>();
        copy->users_.reserve(std::min(shared->size() + 1, UserChunk::kMaxUsers));
        copy->users_ = shared->users_;
        copy->made_after_views_ = views_;
        shared = std::move(copy);
    }
    return *shared;
}

// Requires: no user has the id.
void UserIndex::store(const UserRecord& record) {
    const auto add_chunk = [&](std::size_t position) -> UserChunk& {
        auto chunk = std::make_shared<UserChunk>();
        chunk->made_after_views_ = views_;
        return **chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(position),
                                std::move(chunk));
    };
    const std::size_t index = chunks_.empty() ? 0 : chunk_of(record.id);
    UserChunk* chunk = chunks_.empty() ? &add_chunk(0) : &writable(index);
    std::size_t position = chunk->lower_bound(record.id);
    if (chunk->size() == UserChunk::kMaxUsers) {
        // Ids grow: mostly the new user begins a new chunk, and the old one stays full.
        const std::size_t cut = position == chunk->size() ? position : chunk->size() / 2;
        UserChunk& upper = add_chunk(index + 1);
        const auto from = chunk->users_.begin() + static_cast<std::ptrdiff_t>(cut);
        upper.users_.assign(std::move_iterator(from), std::move_iterator(chunk->users_.end()));
        chunk->users_.erase(from, chunk->users_.end());
        if (position >= cut) {
            chunk = &upper;
            position -= cut;
        }
    }
    chunk->users_.emplace(chunk->users_.begin() + static_cast<std::ptrdiff_t>(position), record);
}

UserIndex::Inserted UserIndex::insert(const UserRecord& record) {
    if (find(record.id)) return Inserted::id_taken;
    if (holder_of(record.email)) return Inserted::email_taken;
    const std::string_view username = username_of(record.profile);
    if (!username.empty() && holder_of(username)) return Inserted::username_taken;
    store(record);
    add_logins(record);
    count(record, true);
    return Inserted::yes;
}

void UserIndex::replace(const UserRecord& record) {
    UserChunk& chunk = writable(chunk_of(record.id));
    const std::size_t position = chunk.lower_bound(record.id);
    const UserRecord old = chunk.at(position);
    UserRecord changed = record;
    changed.unknown_members = old.unknown_members;
    UserChunk::StoredUser stored(changed);
    stored.last_login.advance(old.last_login_at);
    count(old, false);
    count(record, true);
    if (old.email != record.email || username_of(old.profile) != username_of(record.profile)) {
        remove_logins(old);
        add_logins(record);
    }
    chunk.users_[position] = std::move(stored);
}

void UserIndex::replace_unknown_members(UserId id, std::string_view members) {
    UserChunk& chunk = writable(chunk_of(id));
    const std::size_t position = chunk.lower_bound(id);
    UserRecord changed = chunk.at(position);
    changed.unknown_members = members;
    UserChunk::StoredUser stored(changed);
    chunk.users_[position] = std::move(stored);
}

void UserIndex::erase(UserId id) {
    const std::size_t index = chunk_of(id);
    UserChunk& chunk = writable(index);
    const std::size_t position = chunk.lower_bound(id);
    const UserRecord old = chunk.at(position);
    count(old, false);
    remove_logins(old);
    chunk.users_.erase(chunk.users_.begin() + static_cast<std::ptrdiff_t>(position));
    if (chunk.size() == 0) chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(index));
}

void UserIndex::record_login(const RecordLogins::Login& login) {
    if (chunks_.empty()) return;
    UserChunk& chunk = *chunks_[chunk_of(login.user)];
    const std::size_t position = chunk.lower_bound(login.user);
    if (position < chunk.size() && chunk.users_[position].id == login.user)
        chunk.users_[position].last_login.advance(login.at);
}

void UserIndex::count(const UserRecord& record, bool added) noexcept {
    const auto one = added ? std::uint64_t{1} : ~std::uint64_t{0};
    size_ += one;
    if (record.role == Role::admin && !record.disabled) admins_ += one;
}

// Users by e-mail and username: the texts themselves are in the chunks.

static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == sizeof(std::uint64_t));

LoginHash::LoginHash() {
    if (sodium_init() < 0) throw StartupError(Errc::internal, "libsodium cannot be initialised");
    randombytes_buf(key_.data(), key_.size());
}

// The longest e-mail has 254 bytes; longer ones would only collide more often.
std::uint64_t LoginHash::operator()(std::string_view login) const {
    std::array<unsigned char, 256> folded{};
    const std::size_t size = std::min(login.size(), folded.size());
    std::transform(login.begin(), login.begin() + static_cast<std::ptrdiff_t>(size), folded.begin(),
                   [](char c) { return static_cast<unsigned char>(ascii_lower(c)); });
    std::uint64_t hash = 0;
    crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), folded.data(), size, key_.data());
    return hash;
}

std::optional<UserRecord> UserIndex::find_by_login(std::string_view login) const {
    const std::uint64_t hash = hash_of_(login);
    const LoginShard& shard = logins_[hash % logins_.size()];
    auto slot = std::lower_bound(
        shard.begin(), shard.end(), hash,
        [](const LoginSlot& one, std::uint64_t wanted) { return one.hash < wanted; });
    for (; slot != shard.end() && slot->hash == hash; ++slot) {
        auto user = find(slot->id);
        if (user && (equals_ignoring_case(user->email, login) ||
                     equals_ignoring_case(username_of(user->profile), login)))
            return user;
    }
    return std::nullopt;
}

std::optional<UserId> UserIndex::holder_of(std::string_view login) const {
    const auto user = find_by_login(login);
    if (!user) return std::nullopt;
    return user->id;
}

void UserIndex::add_logins(const UserRecord& record) {
    const std::string_view username = username_of(record.profile);
    add_login(record.email, record.id);
    if (!username.empty() && !equals_ignoring_case(username, record.email))
        add_login(username, record.id);
}

void UserIndex::remove_logins(const UserRecord& record) {
    remove_login(record.email, record.id);
    remove_login(username_of(record.profile), record.id);
}

void UserIndex::add_login(std::string_view login, UserId id) {
    const std::uint64_t hash = hash_of_(login);
    LoginShard& shard = logins_[hash % logins_.size()];
    const auto above = std::upper_bound(
        shard.begin(), shard.end(), hash,
        [](std::uint64_t wanted, const LoginSlot& one) { return wanted < one.hash; });
    shard.insert(above, LoginSlot{hash, id});
}

void UserIndex::remove_login(std::string_view login, UserId id) {
    if (login.empty()) return;
    const std::uint64_t hash = hash_of_(login);
    LoginShard& shard = logins_[hash % logins_.size()];
    std::erase_if(shard, [&](const LoginSlot& slot) { return slot.hash == hash && slot.id == id; });
}

// Changes of a commit.

void apply_changes(const UserTransaction& transaction, UserIndex& index) {
    for (const UserChange& change : transaction.changes()) {
        if (!change.after)
            index.erase(change.id);
        else if (index.find(change.id))
            index.replace(to_record(*change.after));
        else
            index.insert(to_record(*change.after));
        index.revision = change.revision;
    }
    index.next_id = transaction.totals().next_id;
}

}  // namespace roster::storage
