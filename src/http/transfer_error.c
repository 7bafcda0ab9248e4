#include "http/transfer.h"

#include "base/limits.h"
#include "base/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum failure_more {
    MORE_NOTHING,
    MORE_SYSTEM, /* what the system said: "connection refused" */
    MORE_DETAIL, /* what libcurl said */
};

/* libcurl's codes that requests end with, and the words for them: before and after the host. */
static const struct failure {
    CURLcode result;
    enum error_code code;
    const char *before;
    const char *after;
    enum failure_more more;
} failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, E_NETWORK, "could not resolve the host ", "", MORE_NOTHING},
    {CURLE_COULDNT_RESOLVE_PROXY, E_NETWORK, "could not resolve the proxy on the way to ", "",
     MORE_DETAIL},
    {CURLE_COULDNT_CONNECT, E_NETWORK, "could not connect to ", "", MORE_SYSTEM},
    {CURLE_PROXY, E_NETWORK, "the proxy did not connect to ", "", MORE_DETAIL},
    {CURLE_PEER_FAILED_VERIFICATION, E_NETWORK, "the TLS certificate of ", " is not trusted",
     MORE_DETAIL},
    {CURLE_SSL_CONNECT_ERROR, E_NETWORK, "TLS with ", " failed", MORE_DETAIL},
    {CURLE_SSL_CACERT_BADFILE, E_IO, "no TLS with ", ": the CA bundle cannot be read", MORE_DETAIL},
    {CURLE_SSL_CIPHER, E_NETWORK, "TLS with ", " failed", MORE_DETAIL},
    {CURLE_SEND_ERROR, E_NETWORK, "the connection to ", " broke", MORE_SYSTEM},
    {CURLE_RECV_ERROR, E_NETWORK, "the connection to ", " broke", MORE_SYSTEM},
    {CURLE_GOT_NOTHING, E_NETWORK, "", " closed the connection without an answer", MORE_NOTHING},
    {CURLE_PARTIAL_FILE, E_NETWORK, "", " closed the connection in the middle of its answer",
     MORE_NOTHING},
    {CURLE_HTTP2, E_NETWORK, "the HTTP/2 connection to ", " broke", MORE_DETAIL},
    {CURLE_HTTP2_STREAM, E_NETWORK, "", " broke off its answer (HTTP/2)", MORE_DETAIL},
    {CURLE_BAD_CONTENT_ENCODING, E_PROTOCOL, "", " answered with broken compression", MORE_NOTHING},
    {CURLE_WEIRD_SERVER_REPLY, E_PROTOCOL, "", " did not answer in HTTP", MORE_NOTHING},
    {CURLE_UNSUPPORTED_PROTOCOL, E_PROTOCOL, "", " did not answer in HTTP", MORE_NOTHING},
};

/* Our messages start in lower case; libcurl's and the system's do not. Abbreviations stay. */
static const char *lower_first(char *text)
{
    if (isupper((unsigned char)text[0]) && !isupper((unsigned char)text[1]))
        text[0] = (char)tolower((unsigned char)text[0]);
    return text;
}

/* Behind a proxy the host that failed is another than the one that was asked for. */
static bool names_another(const char *detail, const char *name)
{
    return strncmp(detail, "Failed to connect to ", 21) == 0 && strstr(detail, name) == NULL;
}

static enum error_code explain(const struct transfer *t, const struct failure *failure,
                               struct error *err)
{
    char detail[CURL_ERROR_SIZE];
    char system[128] = "";
    memcpy(detail, t->detail, sizeof(detail));
    long number = 0;
    if (t->easy != NULL)
        curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &number);
    bool with_detail =
        failure->more == MORE_DETAIL ||
        (failure->more == MORE_SYSTEM && (number == 0 || names_another(detail, t->url.name.ptr)));
    if (failure->more == MORE_SYSTEM && number != 0)
        snprintf(system, sizeof(system), "%s", strerror((int)number));
    lower_first(system);
    lower_first(detail);
    if (strncmp(detail, "unsupported proxy", 17) == 0) /* and then its URL, password and all */
        snprintf(detail, sizeof(detail), "the proxy's URL cannot be used");
    with_detail = with_detail && detail[0] != '\0';
    return error_set(err, failure->code, "%s'%s'%s%s%s%s%s%s", failure->before, t->url.host.ptr,
                     failure->after, system[0] != '\0' ? ": " : "", system, with_detail ? " (" : "",
                     with_detail ? detail : "", with_detail ? ")" : "");
}

enum error_code transfer_error(const struct transfer *t, CURLcode result, struct error *err)
{
    if (result == CURLE_OUT_OF_MEMORY)
        memory_out();
    if (t->headers_over)
        return error_set(err, E_LIMIT, "the headers of the answer of '%s' are over %u bytes",
                         t->url.host.ptr, LIMIT_HEADER_BYTES);
    if (t->body.overflowed || result == CURLE_FILESIZE_EXCEEDED)
        return error_set(err, E_LIMIT, "the answer of '%s' is over %zu bytes", t->url.host.ptr,
                         t->request.max_body_bytes);
    if (result == CURLE_OPERATION_TIMEDOUT)
        return transfer_timeout_error(t, err);
    for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
        if (failures[i].result == result)
            return explain(t, &failures[i], err);
    }
    return error_set(err, E_NETWORK, "the request to '%s' failed: %s (%d)", t->url.host.ptr,
                     curl_easy_strerror(result), (int)result);
}

static bool is_reached(const struct transfer *t, CURLINFO info)
{
    curl_off_t time_us = 0;
    if (t->easy != NULL)
        curl_easy_getinfo(t->easy, info, &time_us);
    return time_us > 0;
}

enum error_code transfer_timeout_error(const struct transfer *t, struct error *err)
{
    const struct http_request *request = &t->request;
    int64_t connect_ms = request->connect_timeout_ms < request->timeout_ms
                             ? request->connect_timeout_ms
                             : request->timeout_ms;
    double connect_s = (double)connect_ms / 1000;
    double whole_s = (double)request->timeout_ms / 1000;
    const char *host = t->url.host.ptr;
    if (is_reached(t, CURLINFO_STARTTRANSFER_TIME_T))
        return error_set(err, E_TIMEOUT, "the answer of '%s' did not end within %g s", host,
                         whole_s);
    if (is_reached(t, CURLINFO_PRETRANSFER_TIME_T))
        return error_set(err, E_TIMEOUT, "no answer from '%s' within %g s", host, whole_s);
    /* libcurl sets the time of the connection only once TLS is through, too: its words tell. */
    if (strncmp(t->detail, "SSL ", 4) == 0)
        return error_set(err, E_TIMEOUT, "no TLS connection to '%s' within %g s", host, connect_s);
    if (strncmp(t->detail, "Resolving", 9) == 0)
        return error_set(err, E_TIMEOUT, "could not resolve the host '%s' within %g s", host,
                         connect_s);
    return error_set(err, E_TIMEOUT, "no connection to '%s' within %g s", host, connect_s);
}
