#include "http/transport.h"

#include "base/banned.h"

struct str http_response_header(const struct http_response *response, struct str name)
{
    for (size_t i = 0; i < response->header_count; i++) {
        if (str_eq_nocase(response->headers[i].name, name))
            return response->headers[i].value;
    }
    return STR_NONE;
}
