// The response decoder under responses of a hostile server.
//
// An input is what a server sends, with four bytes that no UTF-8 has: FE ends a piece, FD says that
// a request was sent, FC the same of a HEAD, FB is the end.

#include "protocol/classic/response_decoder.hpp"

#include "fuzz/require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace roster::protocol::classic;
using roster::Response;
using roster::fuzz::require;

constexpr char kPieceEnds = '\xFE';
constexpr char kRequest = '\xFD';
constexpr char kHead = '\xFC';
constexpr char kEnd = '\xFB';
constexpr std::string_view kMarks("\xFE\xFD\xFC\xFB");

// A decoder that is watched while it works.
class Watched {
  public:
    explicit Watched(ResponseLimits limits) : limits_(limits), decoder_(limits) {}

    void expect(bool head) {
        decoder_.expect(head);
        ++expected_;
        take();
    }

    void feed(std::string_view bytes) {
        sent_ += bytes;
        decoder_.feed(bytes);
        take();
    }

    void end() {
        decoder_.end();
        take();
        const bool all_are_settled = responses_ == expected_ || !failure_.empty();
        require(all_are_settled, "after the end no request waits");
    }

    // Everything that a client can see.
    const std::string& outcome() const { return outcome_; }

  private:
    void take() {
        while (true) {
            const auto next = decoder_.next();
            if (!next) return fail(next.error());
            if (!*next) return;
            require(failure_.empty(), "no response follows an error");
            check(**next);
        }
    }

    void fail(const boost::system::error_code& error) {
        const bool is_known =
            error == roster::Errc::malformed_answer || error == roster::Errc::connection_closed;
        require(is_known, "an error is one of two");
        require(failure_.empty() || failure_ == error.message(), "an error stays");
        require(error != roster::Errc::connection_closed || responses_ < expected_,
                "an end is an error only while a request waits");
        if (failure_.empty()) outcome_ += error.message() + "\n";
        failure_ = error.message();
    }

    void check(const Response& response) {
        ++responses_;
        require(responses_ <= expected_, "a response belongs to a request");
        require(!closed_, "nothing follows the last response");
        closed_ = !response.keep_alive;
        require(response.status >= 200 && response.status <= 599, "a status is a final one");
        require(response.body.size() <= limits_.body_bytes, "a body is bounded");
        require(response.headers.size() <= limits_.headers, "headers are bounded");
        require(sent_.find(response.body) != sent_.npos, "a body holds what was sent");
        outcome_ += std::to_string(response.status) + response.reason + "\n";
        for (const auto& [name, value] : response.headers) {
            require(!name.empty() && name.find_first_of(" \t\r\n:") == name.npos, "a name is one");
            require(value.find_first_of("\r\n") == value.npos, "a value is one line");
            outcome_ += name + "=" + value + "\n";
        }
        outcome_ += response.body + (response.keep_alive ? "\nmore\n" : "\nlast\n");
    }

    ResponseLimits limits_;
    ResponseDecoder decoder_;
    std::string sent_;
    std::string outcome_;
    std::string failure_;
    std::size_t expected_ = 0;
    std::size_t responses_ = 0;
    bool closed_ = false;
};

void follow(std::string_view script, ResponseLimits limits) {
    Watched watched(limits);
    while (!script.empty()) {
        const std::size_t mark = std::min(script.find_first_of(kMarks), script.size());
        watched.feed(script.substr(0, mark));
        const char what = mark < script.size() ? script[mark] : kPieceEnds;
        if (what == kRequest || what == kHead) watched.expect(what == kHead);
        if (what == kEnd) watched.end();
        script.remove_prefix(std::min(mark + 1, script.size()));
    }
    watched.end();
}

// Where all requests were sent before, it makes no difference in which pieces the bytes come.
void compare_splits(std::string_view script, ResponseLimits limits) {
    Watched whole(limits);
    Watched pieces(limits);
    Watched single(limits);
    for (const char c : script)
        if (c == kRequest || c == kHead)
            for (Watched* watched : {&whole, &pieces, &single})
                watched->expect(c == kHead);

    std::string bytes;
    std::size_t piece = 0;
    for (const char c : script) {
        if (c == kPieceEnds) {
            pieces.feed(std::string_view(bytes).substr(piece));
            piece = bytes.size();
        } else if (kMarks.find(c) == kMarks.npos) {
            bytes += c;
        }
    }
    pieces.feed(std::string_view(bytes).substr(piece));
    whole.feed(bytes);
    for (const char& c : bytes)
        single.feed({&c, 1});
    require(whole.outcome() == pieces.outcome(), "pieces make no difference");
    require(whole.outcome() == single.outcome(), "single bytes make no difference");
    for (Watched* watched : {&whole, &pieces, &single})
        watched->end();
    require(whole.outcome() == pieces.outcome(), "pieces make no difference at the end");
    require(whole.outcome() == single.outcome(), "single bytes make no difference at the end");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view script(reinterpret_cast<const char*>(bytes), size);
    ResponseLimits small;
    small.head_bytes = 120;
    small.headers = 4;
    small.body_bytes = 40;
    for (const ResponseLimits& limits : {ResponseLimits(), small}) {
        follow(script, limits);
        compare_splits(script, limits);
    }
    return 0;
}
