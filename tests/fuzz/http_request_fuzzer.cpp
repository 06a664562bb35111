// The decoder of HTTP/1.1 under bytes in any pieces. An input is what a client sends; the byte FE,
// which no UTF-8 has, ends a piece.

#include "protocol/http/request_decoder.hpp"

#include "fuzz/require.hpp"
#include "support/http_requests.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace roster::protocol::http;
using roster::fuzz::require;
using roster::protocol::RequestLimits;

constexpr char kPieceEnds = '\xFE';

// What the requests themselves must be, whatever was sent.
void check_requests(std::string_view bytes, RequestLimits limits) {
    RequestDecoder decoder(limits);
    decoder.feed(bytes);
    bool closed = false;
    while (const Request* const request = decoder.next()) {
        require(!closed, "nothing follows a request that closes");
        closed = !request->keep_alive;
        require(!request->host.empty() || request->http_1_0, "a request has a host");
        require(request->body.size() <= limits.body_bytes, "a body is bounded");
        require(request->fields.size() <= limits.headers, "headers are bounded");
        const auto lengths = request->fields.find("Content-Length");
        const auto codings = request->fields.find("Transfer-Encoding");
        require(!lengths || !codings, "a request has one framing");
        for (const std::string_view segment : request->target.segments())
            require(segment.find('\0') == segment.npos, "no NUL in a path");
        for (std::size_t i = 0; i < request->fields.size(); ++i) {
            const std::string_view value = request->fields[i].value;
            require(value.find_first_of("\r\n") == value.npos, "a header is one line");
        }
    }
    const auto& refusal = decoder.refusal();
    require(!refusal || (!closed && !refusal->detail.empty()), "a refusal says why");
    require(!refusal || decoder.buffered_bytes() == 0, "nothing is kept after a refusal");
    const std::size_t bound = limits.head_bytes + limits.request_line_bytes + limits.body_bytes;
    require(decoder.buffered_bytes() <= bound + 2048, "the buffer is bounded");
}

void compare_splits(std::string_view script, RequestLimits limits) {
    DecodedRequests whole(limits);
    DecodedRequests pieces(limits);
    DecodedRequests single(limits);
    std::string bytes;
    while (!script.empty()) {
        const std::string_view piece = script.substr(0, script.find(kPieceEnds));
        pieces.feed(piece);
        bytes += piece;
        script.remove_prefix(std::min(piece.size() + 1, script.size()));
    }
    whole.feed(bytes);
    for (const char c : bytes)
        single.feed({&c, 1});
    require(whole.details() == pieces.details(), "pieces make no difference");
    require(whole.details() == single.details(), "single bytes make no difference");
    check_requests(bytes, limits);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view script(reinterpret_cast<const char*>(bytes), size);
    // The second one so small that the limits are reached.
    for (const RequestLimits limits : {RequestLimits{}, RequestLimits{48, 128, 6, 32}})
        compare_splits(script, limits);
    return 0;
}
