// A users.json that anybody may have written.

#include "storage/json/salvage.hpp"
#include "storage/json/users_document.hpp"
#include "storage/json/users_file_reader.hpp"
#include "storage/json/users_file_writer.hpp"

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

std::string text_of(const UsersDocument& book) {
    const UsersFileFrame frame{book.users.revision, book.users.next_id, book.members_before_users,
                               book.members_after_users};
    UserView view;
    for (const auto& chunk : book.users.table().chunks_above(0))
        view.push_back(chunk.get());
    std::string text;
    const auto written = write_book(frame, view, [&text](std::string_view part) -> result<void> {
        text += part;
        return {};
    });
    require(written.has_value(), "a book can be written");
    return text;
}

void check_place(std::string_view text, const UsersFileProblem& problem) {
    require(!problem.text.empty(), "a refusal says why");
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    require(problem.place.line >= 1 && problem.place.line <= lines, "a refusal names a line");
    require(problem.place.column >= 1 && problem.place.column <= text.size() + 1,
            "a refusal names a column");
}

// What is written can be read, and says the same.
void check_written(UsersDocument& book) {
    if (complete_book(kNow, book)) return;
    const std::string once = text_of(book);
    const auto again = read_book(once, kNow);
    const auto* same = std::get_if<UsersDocument>(&again);
    require(same != nullptr, "what was written can be read");
    require(same->plain_passwords.empty(), "what was written holds no plain password");
    require(same->users.next_id == book.users.next_id, "no id is given twice");
    require(text_of(*same) == once, "what was read is written as it was");
}

// What a whole book holds is salvaged from it, too.
void check_salvaged(const Salvage& salvage, const UsersDocument& book) {
    for (const auto& chunk : book.users.table().chunks_above(0)) {
        for (std::size_t i = 0; i < chunk->size(); ++i) {
            const UserRecord user = chunk->at(i);
            const bool is_there = std::any_of(
                salvage.users.begin(), salvage.users.end(), [&user](const SalvagedUser& found) {
                    return found.draft.id == user.id && found.draft.email == user.email;
                });
            require(is_there, "who stands in a book can be salvaged");
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const Salvage salvage = salvage_damaged_book(text);
    for (const SalvagedUser& user : salvage.users)
        require(user.offset < size && text[user.offset] == '{', "a salvaged user stands there");
    for (const SalvageProblem& lost : salvage.lost)
        require(lost.offset <= size && !lost.text.empty(), "what is lost is named");
    auto read = read_book(text, kNow);
    if (const auto* problem = std::get_if<UsersFileProblem>(&read)) {
        check_place(text, *problem);
        return 0;
    }
    auto& book = std::get<UsersDocument>(read);
    check_salvaged(salvage_whole_book(text), book);
    check_written(book);
    return 0;
}
