// The request decoder under bytes, silences and the end in any order.
//
// An input is what a client sends, with three bytes that no UTF-8 has: FE ends a piece, FD is
// silence, FC is the end.

#include "protocol/classic/request_decoder.hpp"

#include "fuzz/require.hpp"
#include "support/classic_requests.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace roster::protocol::classic;
using roster::fuzz::require;
using roster::protocol::RequestLimits;

constexpr char kPieceEnds = '\xFE';
constexpr char kSilence = '\xFD';
constexpr char kEnd = '\xFC';

// What looking ahead for the next request may cost beyond a limit.
constexpr std::size_t kSlackBytes = 32;

// A decoder that is watched while it works.
class Watched {
  public:
    explicit Watched(RequestLimits limits) : limits_(limits), decoder_(limits) {}

    void feed(std::string_view bytes) {
        sent_ += bytes;
        decoder_.feed(bytes);
        take();
    }

    void silence() {
        const std::size_t before = requests_.size();
        const bool awaited = decoder_.awaits_silence();
        decoder_.silence();
        take();
        require((requests_.size() > before) == awaited, "silence makes a request where awaited");
    }

    void end() {
        decoder_.end();
        take();
        require(decoder_.buffered_bytes() == 0, "the end leaves nothing");
    }

    // Everything that a server can see.
    std::string state() const {
        std::string text;
        for (const std::string& request : requests_)
            text += request + "\n";
        return text + std::to_string(static_cast<int>(decoder_.phase())) +
               std::to_string(decoder_.awaits_silence()) + " " +
               std::to_string(decoder_.buffered_bytes());
    }

  private:
    void take() {
        while (const auto request = decoder_.next()) {
            require(!closed_, "nothing follows a request that closes");
            closed_ = !request->keep_alive;
            std::visit([this](const auto& message) { check(message); }, request->operation);
            requests_.push_back(describe(*request));
        }
        const std::size_t bound = std::max(
            {limits_.request_line_bytes, limits_.head_bytes, limits_.body_bytes + kCountedTooMuch});
        require(decoder_.buffered_bytes() <= bound + kSlackBytes, "the buffer is bounded");
        require(!closed_ || decoder_.buffered_bytes() == 0, "nothing is kept after a close");
    }

    // What is applied was sent, in one piece.
    template <class T>
    void check(const T& message) const {
        if constexpr (requires { message.password; }) {
            const std::string user =
                "user:" + message.email + "," + std::string(message.password.reveal()) + ",";
            require(sent_.find(user) != sent_.npos, "a message holds what was sent");
            require(message.email.find(',') == message.email.npos, "no comma in an e-mail");
        } else if constexpr (requires { message.status; }) {
            require(message.status >= 400 && message.status < 600, "a refusal is an error");
            require(!message.text.empty(), "a refusal says why");
        }
    }

    RequestLimits limits_;
    RequestDecoder decoder_;
    std::string sent_;
    std::vector<std::string> requests_;
    bool closed_ = false;
};

void follow(std::string_view script, RequestLimits limits) {
    Watched watched(limits);
    while (!script.empty()) {
        constexpr std::string_view kMarks("\xFE\xFD\xFC");
        const std::size_t mark = std::min(script.find_first_of(kMarks), script.size());
        watched.feed(script.substr(0, mark));
        const char what = mark < script.size() ? script[mark] : kPieceEnds;
        if (what == kSilence) watched.silence();
        if (what == kEnd) watched.end();
        script.remove_prefix(std::min(mark + 1, script.size()));
    }
    watched.end();
}

// In which pieces the bytes come makes no difference.
void compare_splits(std::string_view script, RequestLimits limits) {
    Watched whole(limits);
    Watched pieces(limits);
    Watched single(limits);
    std::string bytes;
    std::size_t piece = 0;
    for (const char c : script) {
        if (c == kPieceEnds) {
            pieces.feed(std::string_view(bytes).substr(piece));
            piece = bytes.size();
        } else if (c != kSilence && c != kEnd) {
            bytes += c;
        }
    }
    pieces.feed(std::string_view(bytes).substr(piece));
    whole.feed(bytes);
    for (const char c : bytes)
        single.feed({&c, 1});
    require(whole.state() == pieces.state(), "pieces make no difference");
    require(whole.state() == single.state(), "single bytes make no difference");
    for (Watched* watched : {&whole, &pieces, &single})
        watched->end();
    require(whole.state() == pieces.state(), "pieces make no difference at the end");
    require(whole.state() == single.state(), "single bytes make no difference at the end");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view script(reinterpret_cast<const char*>(bytes), size);
    // The second one so small that the limits are reached.
    for (const RequestLimits limits : {RequestLimits{}, RequestLimits{64, 256, 8, 64}}) {
        follow(script, limits);
        compare_splits(script, limits);
    }
    return 0;
}
