/* The AWS account that passes work on: transport, client and cloud, made once and kept for all
 * passes (connections, credentials, the sizes of task definitions). */
#ifndef PASS_ACCOUNT_H
#define PASS_ACCOUNT_H

#include "cloud/aws/client.h"
#include "cloud/cloud.h"
#include "http/transport.h"

struct account_options {
    const char *region;       /* NULL: by the environment and the profile */
    const char *profile;      /* NULL: likewise */
    int parallel;             /* requests in flight at most; 0: LIMIT_PARALLEL_DEFAULT */
    int64_t (*wall_ms)(void); /* what time it is there; NULL: the system's clock */
};

struct account {
    struct transport *transport;
    struct aws_client *client;
    struct cloud *cloud;
    struct str region; /* empty: none is set anywhere */
};

/* Fails as aws_client_new does. What was made before a failure stays: the transport can be used to
 * tell somebody, and account_release gives it back. */
NODISCARD enum error_code account_open(struct account *account,
                                       const struct account_options *options, struct error *err);
void account_release(struct account *account); /* for CLEANUP */

#endif
