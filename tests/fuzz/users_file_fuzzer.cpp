// A users file that anybody may have written.

#include "storage/json/json_maintenance.hpp"
#include "storage/json/users_document.hpp"
#include "storage/json/users_file.hpp"

#include "fuzz/require.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace {

using namespace roster;
using namespace roster::storage;
using fuzz::require;

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds{1'795'338'000}};

std::string text_of(const UsersDocument& document) {
    const UsersFileFrame frame{document.users.revision, document.users.next_id,
                               document.members_before_users, document.members_after_users};
    UserView view;
    for (const auto& chunk : document.users.chunks_above(0))
        view.push_back(chunk);
    std::string text;
    const auto written =
        write_users_file(frame, view, [&text](std::string_view part) -> result<void> {
            text += part;
            return {};
        });
    require(written.has_value(), "a users file can be written");
    return text;
}

void check_place(std::string_view text, const Diagnostic& problem) {
    require(!problem.text.empty(), "a refusal says why");
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    require(problem.location.line >= 1U && problem.location.line <= lines,
            "a refusal names a line");
    require(problem.location.column >= 1U && problem.location.column <= text.size() + 1,
            "a refusal names a column");
}

// What is written can be read, and says the same.
void check_written(UsersDocument& document) {
    if (complete_document(kNow, document)) return;
    const std::string once = text_of(document);
    const auto again = read_users_file(once, kNow);
    const auto* same = std::get_if<UsersDocument>(&again);
    require(same != nullptr, "what was written can be read");
    require(same->plain_passwords.empty(), "what was written holds no plain password");
    require(same->users.next_id == document.users.next_id, "no id is given twice");
    require(text_of(*same) == once, "what was read is written as it was");
}

// What a whole file holds can be recovered from it, too.
void check_recovered(const RecoveredUsers& recovered, const UsersDocument& document) {
    for (const auto& chunk : document.users.chunks_above(0)) {
        for (std::size_t i = 0; i < chunk->size(); ++i) {
            const UserRecord user = chunk->at(i);
            const bool is_there = std::any_of(
                recovered.users.begin(), recovered.users.end(), [&user](const auto& found) {
                    return found.user.fields.id == user.id && found.user.fields.email == user.email;
                });
            require(is_there, "a user of a whole file is recovered");
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const RecoveredUsers recovered = recover_users(text);
    for (const auto& [user, base] : recovered.users)
        require(base < size && text[base + text.substr(base).find_first_not_of(" \t\r\n")] == '{',
                "a recovered user is there");
    for (const Diagnostic& lost : recovered.lost)
        require(!lost.text.empty(), "what is lost is named");
    auto read = read_users_file(text, kNow);
    if (const auto* problem = std::get_if<Diagnostic>(&read)) {
        check_place(text, *problem);
        return 0;
    }
    auto& document = std::get<UsersDocument>(read);
    check_recovered(recovered, document);
    check_written(document);
    return 0;
}
