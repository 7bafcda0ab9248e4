/* The AWS account a run works on: transport, client and cloud, made once and kept for all passes
 * (connections, credentials, the sizes of task definitions). */
#ifndef COMMAND_RUN_ACCOUNT_H
#define COMMAND_RUN_ACCOUNT_H

#include "cloud/aws/client.h"
#include "cloud/cloud.h"
#include "command/run_options.h"
#include "http/transport.h"

struct account {
    struct transport *transport;
    struct aws_client *client;
    struct cloud *cloud;
    struct str region; /* empty: none is set anywhere */
};

NODISCARD enum error_code account_open(struct account *account, const struct run_options *options,
                                       struct error *err);
void account_release(struct account *account); /* for CLEANUP */

#endif
