/* The AWS client that calls go through: transport, credentials, region, endpoints, retry quota. */
#ifndef CLOUD_AWS_CLIENT_H
#define CLOUD_AWS_CLIENT_H

#include "base/error.h"
#include "cloud/cloud.h"
#include "http/transport.h"

struct aws_client;

struct aws_client_options {
    struct transport *transport; /* borrowed; must outlive the client */
    const char *region;          /* --region; NULL: AWS_REGION, AWS_DEFAULT_REGION, the profile's */
    const char *profile;         /* --profile; NULL: AWS_PROFILE, then "default" */
    bool retry_jitter_fixed;     /* tests: no randomness in back-off */
};

/* Reads the shared config files. E_SYNTAX, E_LIMIT for a broken one, E_CREDENTIALS for a profile
 * that does not exist. No credentials are fetched yet. */
NODISCARD enum error_code aws_client_new(const struct aws_client_options *options,
                                         struct aws_client **out, struct error *err);
/* No call may be outstanding: run the transport to its end first. */
void aws_client_free(struct aws_client *client);

/* The client's region; empty where none is set anywhere (a definition's region still works). */
struct str aws_client_region(const struct aws_client *client);

/* Sent with every call from now on as X-Amzn-Trace-Id; empty: none. The text stays the caller's and
 * must stay until the next change. What is no plain header value is left out. */
void aws_client_trace(struct aws_client *client, struct str trace_id);

/* Where calls are logged; may be changed between runs. The call's own arena use is the log's. */
void aws_client_log(struct aws_client *client, struct call_log *log,
                    void (*progress)(void *context), void *progress_context);

#endif
