#include "storage/transfer/row_digest.hpp"

#include "storage/json/session_log_format.hpp"
#include "storage/json/users_file_writer.hpp"

namespace roster::storage {

RowDigest::RowDigest() {
    crypto_generichash_init(&state_, nullptr, 0, Value().size());
}

void RowDigest::add(const StoreTotals& totals) {
    row_ = std::to_string(totals.users) + " " + std::to_string(totals.sessions) + " " +
           std::to_string(totals.revision) + " " + std::to_string(totals.next_user_id) + " " +
           std::to_string(totals.next_session_id) + "\n" + totals.members_before_users + "\n" +
           totals.members_after_users + "\n";
    take();
}

void RowDigest::add(const User& user, std::string_view unknown_members) {
    row_.clear();
    UserRecord record = to_record(user);
    record.unknown_members = unknown_members;
    append_compact_user(record, row_);
    row_ += '\n';
    take();
}

void RowDigest::add(const Session& session) {
    row_.clear();
    append_step(session, row_);
    take();
}

void RowDigest::add(const LimiterRecord& record) {
    row_.clear();
    append_step(record, row_);
    take();
}

RowDigest::Value RowDigest::finish() {
    Value value{};
    crypto_generichash_final(&state_, value.data(), value.size());
    return value;
}

void RowDigest::take() {
    crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(row_.data()),
                              row_.size());
}

}  // namespace roster::storage
