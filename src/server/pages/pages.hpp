#pragma once

// The pages without script for the browsers of users: log in, log out, one's account, links to set
// a password, the first administrator. docs/PAGES.md says what each is for.

#include "server/http/api.hpp"

namespace roster::server {

/// The routes, and what shows a problem.
Pages make_pages();

}  // namespace roster::server
