#include "cli/admin/refusals.hpp"

#include "cli/io/listing.hpp"

namespace roster::cli {
namespace {

std::string advice(Errc error) {
    switch (error) {
        case Errc::email_taken: return "; 'roster user show' shows which user has it";
        case Errc::username_taken: return "; 'roster user show' shows which user has it";
        case Errc::last_admin:
            return "; make another one first, with 'roster user set USER --role admin'";
        case Errc::store_unavailable: return "; the log says why";
        case Errc::certificate_not_trusted:
            return "; SSL_CERT_FILE names a file of the certificates to trust";
        default: return "";
    }
}

}  // namespace

Refused refusal_of(const std::string& subject, const boost::system::error_code& why) {
    const bool is_ours = why.category() == error_category();
    const std::string what_to_do = is_ours ? advice(static_cast<Errc>(why.value())) : "";
    return Refused(exit_code(why),
                   escape_for_terminal(subject) + ": " + why.message() + what_to_do);
}

Refused short_password_refusal(const std::string& subject, std::size_t least) {
    return Refused(exit_code(Errc::password_too_short), escape_for_terminal(subject) +
                                                            ": the password must have at least " +
                                                            std::to_string(least) + " characters");
}

}  // namespace roster::cli
