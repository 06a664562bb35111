#include "storage/json/book_reader.hpp"

#include "storage/json/book_builder.hpp"
#include "storage/text/token_parser.hpp"

namespace roster::storage {

BookOrProblem read_book(std::string_view text, std::chrono::sys_seconds now) {
    BookBuilder builder(now);
    const ParsedTokens parsed = parse_tokens(text, builder);
    if (parsed.problem)
        return BookProblem{place_of(text, parsed.problem->offset), parsed.problem->text};
    if (!parsed.refused && builder.finish()) return builder.take_book();
    return BookProblem{place_of_token(text, builder.problem().token), builder.problem().text};
}

}  // namespace roster::storage
