#include "server/http/request_parts.hpp"

#include "core/json/json_parser.hpp"
#include "core/text.hpp"

#include <utility>

namespace roster::server {

bool finish_body(Call& call) {
    auto problem = call.body.finish();
    if (!problem) return true;
    call.fail(std::move(*problem));
    return false;
}

std::optional<std::string> read_label(protocol::http::JsonBody& body, protocol::http::Need need) {
    constexpr std::size_t kMaxBytes = 254;
    auto label = body.string("label", need);
    if (label && (label->size() > kMaxBytes || !is_clean_text(*label)))
        body.refuse({"/label", "not_text", "must be a text of at most 254 bytes"});
    return label;
}

std::optional<std::size_t> read_limit(Call& call, std::size_t otherwise) {
    constexpr std::size_t kMostItems = 500;
    const auto given = call.request.target.parameter("limit");
    if (!given) return otherwise;
    const auto limit = parse_decimal(*given);
    if (limit && *limit >= 1 && *limit <= kMostItems) return limit;
    call.fail(protocol::http::validation_failed(
        {{"/limit", "out_of_range", "must be a whole number from 1 to 500"}}));
    return std::nullopt;
}

std::string user_agent_of(const protocol::http::Request& request) {
    constexpr std::size_t kMaxBytes = 256;
    const auto given = request.fields.find("User-Agent");
    if (!given) return {};
    return printable(given->substr(0, kMaxBytes));
}

}  // namespace roster::server
