/* One AWS API call: endpoint, credentials, signing, retries (the SDKs' standard mode) and the
 * four protocols' errors made one. The files above it (ecs.c, autoscaling.c, …) only write
 * request bodies and read answers. */
#ifndef CLOUD_AWS_CALL_H
#define CLOUD_AWS_CALL_H

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "cloud/aws/xml.h"
#include "http/transport.h"

enum aws_protocol { AWS_JSON, AWS_QUERY, AWS_REST_JSON };

/* A service: one row a service in services.c. */
struct aws_service {
    const char *name;        /* "ecs": host prefix and SigV4 name */
    const char *endpoint_id; /* "ECS": AWS_ENDPOINT_URL_<id> */
    enum aws_protocol protocol;
    const char *version; /* QUERY: "2011-01-01"; JSON: content type's "1.1"; else NULL */
    const char *target;  /* JSON: X-Amz-Target prefix, with its dot */
};

/* An operation: one row an operation, beside the code that uses it. */
struct aws_operation {
    const struct aws_service *service;
    const char *name;       /* "DescribeServices" */
    const char *permission; /* "ecs:DescribeServices": named when access is denied */
    bool repeatable;        /* is sending it twice the same as once? If not, it is only sent again
                               where surely nothing reached the server, or it was throttled */
    int64_t timeout_ms;     /* of one attempt; 0: the transport's */
    bool answers_freely;    /* a success has no body, or one of its own kind: not read, see
                               answer.response */
    /* REST_JSON only: */
    const char *method; /* "GET" */
    const char *path;   /* "/2015-03-31/functions/{}/code": each {} is one of aws_call.path */
    const struct http_header *headers; /* besides Content-Type */
    size_t header_count;
};

extern const struct aws_service aws_ecs;
extern const struct aws_service aws_autoscaling;
extern const struct aws_service aws_cloudwatch;
extern const struct aws_service aws_sts;
extern const struct aws_service aws_lambda;
extern const struct aws_service aws_iam; /* one for a partition, signed for its home region */
extern const struct aws_service aws_events;
extern const struct aws_service aws_logs;
extern const struct aws_service aws_tagging;

struct aws_answer {
    enum error_code code;       /* E_OK: the operation succeeded */
    struct error err;           /* where = "ecs DescribeServices"; with aws_code, request id; for
                                   E_DENIED the message names the permission to add; unknown
                                   clusters, services, … are E_MISSING: see errors.h */
    bool may_have_arrived;      /* not E_OK: could the request have taken effect? */
    json_t *json;               /* JSON protocols; borrowed */
    const struct xml_node *xml; /* Query protocol: the <…Result> element, or where an operation
                                   answers nothing, the one around it; borrowed */
    const struct http_response *response; /* of a success; borrowed */
    int depth;                            /* of this call, for the calls it leads to */
};

enum { AWS_PATH_PARTS = 2 };

struct aws_call {
    const struct aws_operation *operation;
    struct str region;  /* empty: the client's own */
    struct str cluster; /* for the call log; may be empty */
    struct str body;    /* copied; JSON text, or Query parameters without Action and Version */
    struct str path[AWS_PATH_PARTS]; /* REST_JSON: see operation; letters, digits, - _ . ~ only */
    int depth;                       /* of the call that led to this one; 0 for none */
    void (*done)(void *context, const struct aws_answer *answer);
    void *context;
};

struct aws_client;

/* Queues the call; `done` comes from within the transport's loop. Never fails by itself. */
void aws_call_send(struct aws_client *client, const struct aws_call *call);

#endif
