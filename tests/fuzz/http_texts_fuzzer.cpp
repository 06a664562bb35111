// Parts of HTTP requests: a target (t), cookies (c), a JSON body (j), a chunked body (k), a form
// (f), entity tags and media types (e). The first byte of an input says which.

#include "protocol/http/chunked_body.hpp"
#include "protocol/http/cookies.hpp"
#include "protocol/http/escapes.hpp"
#include "protocol/http/form_body.hpp"
#include "protocol/http/header_values.hpp"
#include "protocol/http/json_body.hpp"
#include "protocol/http/response.hpp"
#include "protocol/http/target.hpp"

#include "core/text.hpp"
#include "fuzz/require.hpp"

#include <boost/json/parse.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace roster::protocol::http;
using roster::fuzz::require;

void check_target(std::string_view text) {
    Target target;
    if (!target.parse(text, true).empty()) return;
    const auto check = [](std::string_view decoded) {
        require(roster::count_code_points(decoded).has_value(), "decoded text is UTF-8");
        require(decoded.find('\0') == decoded.npos, "without NUL");
    };
    std::size_t decoded_bytes = 0;
    for (const std::string_view segment : target.segments()) {
        check(segment);
        decoded_bytes += segment.size();
    }
    for (const auto& [name, value] : target.parameters()) {
        check(name);
        check(value);
        decoded_bytes += name.size() + value.size();
    }
    require(decoded_bytes <= text.size(), "decoding makes nothing longer");
    require(target.authority().empty() || is_authority(target.authority()), "a valid host");
    for (const char c : target.path())
        require(c > 0x20 && c < 0x7F, "the path is printable");
}

void check_cookies(std::string_view text) {
    if (text.find_first_of("\r\n") != text.npos) return;
    const std::string line = "Cookie: " + std::string(text);
    Fields fields;
    fields.set_text(line);
    fields.add(0, 6, 8, text.size());
    const auto found = find_cookie(fields, "a");
    require(!found || found->find(';') == found->npos, "a cookie ends at a semicolon");
    if (!found) return;
    SetCookie cookie;
    cookie.name = "a";
    cookie.value = *found;
    if (const auto header = to_header(cookie)) {
        const std::string value = header->substr(2, header->find(';') - 2);
        require(value == *found, "what is set can be read");
    }
}

void check_json(std::string_view text) {
    JsonBody body;
    const auto problem = body.read(text);
    if (problem) {
        require(problem->code == ProblemCode::malformed_json && !problem->detail.empty(),
                "a refusal says why");
        return;
    }
    boost::json::parse_options options;
    options.max_depth = kMaxBodyDepth + 1;
    boost::json::error_code error;
    const auto meant = boost::json::parse({text.data(), text.size()}, error, {}, options);
    require(!error, "what was taken is JSON");
    const auto invalid = body.finish();
    const std::size_t members = meant.is_object() ? meant.get_object().size() : 1;
    require((invalid ? invalid->errors.size() : 0) == members, "all members are there, once");
}

void check_chunks(std::string_view text) {
    const roster::protocol::RequestLimits limits{64, 256, 8, 128};
    std::string whole(text);
    ChunkedBody at_once(limits);
    const auto all = at_once.decode(whole);
    require(all.produced <= all.consumed && all.consumed <= text.size(), "decoded in place");
    require(all.produced <= limits.body_bytes, "a body is bounded");

    ChunkedBody by_byte(limits);
    std::string body;
    std::string waiting;
    ChunkedBody::Progress last;
    for (std::size_t i = 0; i < text.size() && last.outcome == ChunkedBody::Outcome::more; ++i) {
        waiting += text[i];
        last = by_byte.decode(waiting);
        body += waiting.substr(0, last.produced);
        waiting.erase(0, last.consumed);
    }
    require(last.outcome == all.outcome, "single bytes make no difference");
    require(body == whole.substr(0, all.produced), "nor to the body");
}

void check_form(std::string_view text) {
    FormBody form;
    const auto problem = form.read(text);
    require(!problem || problem->code == ProblemCode::malformed_request, "a refusal says why");
    const std::string again = "a=" + escaped(text);
    const bool is_text = roster::count_code_points(text) && text.find('\0') == text.npos &&
                         text.size() <= kMaxFormFieldBytes;
    require(form.read(again).has_value() != is_text, "all text can be sent");
    require(!is_text || form.text("a") == text, "and arrives");
}

void check_values(std::string_view text) {
    const std::string line = "If-Match: " + std::string(text);
    Fields fields;
    fields.set_text(line);
    fields.add(0, 8, 10, text.size());
    const EtagMatch strong = if_match(fields, "\"a\"");
    require(strong != EtagMatch::absent, "a header is there");
    require(strong == EtagMatch::malformed || !text.empty(), "an empty list is malformed");
    is_media_type(text, kJsonType);
    fields.clear();
    const std::string accept = "Accept: " + std::string(text);
    fields.set_text(accept);
    fields.add(0, 6, 8, text.size());
    accepts(fields, "application/json");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(bytes), size);
    if (text.empty()) return 0;
    const char kind = text.front();
    text.remove_prefix(1);
    switch (kind) {
        case 't': check_target(text); break;
        case 'c': check_cookies(text); break;
        case 'j': check_json(text); break;
        case 'k': check_chunks(text); break;
        case 'f': check_form(text); break;
        case 'e': check_values(text); break;
        default: break;
    }
    return 0;
}
