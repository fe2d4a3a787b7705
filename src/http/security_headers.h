#pragma once

#include <string_view>

#include "http/server.h"

namespace adtally::http {

// What a page of the built dashboard may do: load and call what is on its own origin, and nothing
// else. No inline script or style, no plug-in, no frame around it, no other base for its links; and
// text becomes markup only through Svelte's own templates (Trusted Types), so that a name with
// markup in it can never be run, whatever a component does with it.
inline constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types svelte-trusted-html";

// Adds to every answer what keeps a browser from doing more with it than was meant: no guessing of
// types, no address given away to other sites, no use by other sites, no frame, no copy kept in a
// cache, and for what is not a page of the dashboard no content at all. Headers that an answer has
// already stay.
Handler WithSecurityHeaders(Handler handler);

}  // namespace adtally::http
