#include "storage/json/users_file_reader.hpp"

#include "core/json/json_parser.hpp"
#include "storage/json/users_file_parser.hpp"

namespace roster::storage {

BookOrProblem read_book(std::string_view text, std::chrono::sys_seconds now) {
    UsersFileParser builder(now);
    const ParsedTokens parsed = parse_tokens(text, builder);
    if (parsed.problem)
        return UsersFileProblem{place_of(text, parsed.problem->offset), parsed.problem->text};
    if (!parsed.refused && builder.finish()) return builder.take_book();
    return UsersFileProblem{place_of_token(text, builder.problem().token), builder.problem().text};
}

}  // namespace roster::storage
