/* Where a request goes, and where a redirect leads it. Private to src/http. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>

struct url {
    struct str text; /* for libcurl: percent-encoded where needed, with user-info; NUL-terminated */
    struct str host; /* for messages: "example.com", "example.com:8443" */
    struct str name; /* of the host alone, brackets of an IPv6 address included */
    struct str user; /* percent-encoded, as given; may be empty */
    struct str password;
    int64_t port;
    bool is_https;
};

/* An absolute http(s) URL; texts live in `arena`. What no URL may hold but people write (spaces,
 * bytes beyond ASCII) is percent-encoded. E_SYNTAX; the message never shows the URL. */
NODISCARD enum error_code url_parse(struct arena *arena, struct str text, struct url *out,
                                    struct error *err);

/* Where `location`, an answer's header, leads from `from`. User-info in it is ignored: `first`'s is
 * sent on its own host, nobody's elsewhere. E_PROTOCOL for what is no http(s) URL and for a way
 * from https to http. */
NODISCARD enum error_code url_redirect(struct arena *arena, const struct url *first,
                                       const struct url *from, struct str location, struct url *out,
                                       struct error *err);

/* May `to` see what was meant for `first`? The same host, scheme and port, or the same host's step
 * from http on port 80 to https on port 443. */
bool url_is_same_host(const struct url *first, const struct url *to);

#endif
