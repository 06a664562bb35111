#include "cli/io/line_reader.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace roster::cli {
namespace {

LineReader::Line line_of(const SecretLine& line) {
    return {Secret(line.text()), line.is_too_long()};
}

}  // namespace

void SecretLine::append(std::string_view bytes) noexcept {
    const std::size_t taken = std::min(bytes.size(), kMaxBytes - size_);
    std::copy_n(bytes.data(), taken, bytes_.get() + size_);
    size_ += taken;
    is_too_long_ = is_too_long_ || taken < bytes.size();
}

LineReader::LineReader(int descriptor) : descriptor_(descriptor) {
    if (::pipe(stop_pipe_.data()) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe");
    for (const int end : stop_pipe_)
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
}

LineReader::~LineReader() {
    wipe(chunk_.data(), chunk_.size());
    for (const int end : stop_pipe_)
        ::close(end);
}

std::optional<LineReader::Line> LineReader::next() {
    SecretLine line;
    bool is_line = false;
    while (!is_stopped_ && (begin_ < end_ || fill())) {
        is_line = true;
        const std::string_view rest(chunk_.data() + begin_, end_ - begin_);
        const std::string_view part = rest.substr(0, rest.find('\n'));
        line.append(part);
        begin_ += part.size();
        if (part.size() == rest.size()) continue;
        ++begin_;
        return line_of(line);
    }
    if (!is_line || is_stopped_) return std::nullopt;
    return line_of(line);  // the last one, without a line feed
}

void LineReader::stop() noexcept {
    is_stopped_ = true;
    const char byte = 0;
    [[maybe_unused]] const auto written = ::write(stop_pipe_[1], &byte, 1);
}

bool LineReader::wait_for_input() {
    std::array<pollfd, 2> waited{pollfd{descriptor_, POLLIN, 0}, pollfd{stop_pipe_[0], POLLIN, 0}};
    while (::poll(waited.data(), waited.size(), -1) < 0)
        if (errno != EINTR) return false;
    return waited[1].revents == 0;
}

bool LineReader::fill() {
    while (true) {
        if (!wait_for_input()) return false;
        const auto count = ::read(descriptor_, chunk_.data(), chunk_.size());
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (count <= 0) return false;
        begin_ = 0;
        end_ = static_cast<std::size_t>(count);
        return true;
    }
}

}  // namespace roster::cli
