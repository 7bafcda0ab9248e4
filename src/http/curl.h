/* The real transport: libcurl's multi interface. One pool: connections are reused, HTTP/2 where
 * the server has it, gzip, TLS verified, proxies by the usual variables (http_proxy, https_proxy,
 * no_proxy), CA bundle by AWS_CA_BUNDLE, then SSL_CERT_FILE, then the system's.
 * SigV4 keeps to the constraints of libcurl 7.88 listed in signing.c. */
#ifndef HTTP_CURL_H
#define HTTP_CURL_H

#include "http/transport.h"

struct curl_options {
    int parallel;          /* requests in flight at most; the rest waits in the queue */
    const char *ca_bundle; /* NULL: by the variables above */
    const char *user_agent;
    int64_t (*wall_ms)(void); /* transport_wall_ms; NULL: the system's clock */
};

/* libcurl is initialised with the first request, which gets E_IO where that fails. */
NODISCARD enum error_code transport_curl_new(const struct curl_options *options,
                                             struct transport **out, struct error *err);

#endif
