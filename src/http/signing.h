/* SigV4 by libcurl's CURLOPT_AWS_SIGV4. Private to src/http.
 *
 * libcurl 7.88 signs rightly as long as one keeps to this (found by comparing with a verifier):
 *  1. The body goes through POSTFIELDS; another method than POST is CUSTOMREQUEST on top of it.
 *  2. Provider, region and service are all given: "aws:amz:REGION:SERVICE".
 *  3. No Expect, no Accept, no header without a value: their names would be signed, not sent.
 *  4. No X-Amz-Date; no header twice; none whose name begins with another's name (it sorts
 * wrongly).
 *  5. A query is sorted, in upper-case %XX, each part "k=v".
 *  6. A path holds nothing but A-Z a-z 0-9 - _ . ~ and slashes.
 *  7. HTTPAUTH is not set afterwards; no FOLLOWLOCATION. */
#ifndef HTTP_SIGNING_H
#define HTTP_SIGNING_H

#include "http/transport.h"

#include <curl/curl.h>

/* E_PROTOCOL where the request is outside of what is signed rightly (an endpoint somebody
 * configured with an odd path): better not sent than refused with "signature does not match". */
NODISCARD enum error_code signing_check(const struct http_request *request, struct error *err);

/* The session token's header is the caller's to add (signing_token_header): it is one of the list.
 */
NODISCARD bool signing_apply(CURL *easy, const struct http_signing *signing);
extern const struct str signing_token_header; /* "X-Amz-Security-Token" */

#endif
