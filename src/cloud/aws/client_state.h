/* What is inside of a client. Private to client.c and call.c. */
#ifndef CLOUD_AWS_CLIENT_STATE_H
#define CLOUD_AWS_CLIENT_STATE_H

#include "cloud/aws/client.h"
#include "cloud/aws/config.h"
#include "cloud/aws/credentials.h"

struct aws_client {
    struct transport *transport;
    struct aws_config config;
    struct aws_credentials_provider *credentials;
    struct str region;
    struct str trace_id; /* X-Amzn-Trace-Id; empty: none */
    int quota;           /* retry tokens, shared by all calls */
    unsigned renewals;   /* how often credentials were rejected: many calls may find that out at
                            once, only the first of them counts */
    uint64_t random;     /* state of the generator */
    bool no_jitter;
    struct call_log *log;
    void (*progress)(void *context);
    void *progress_context;
};

/* 0 ≤ x < 1, for back-off; 1 without jitter. */
double aws_client_random(struct aws_client *client);

#endif
