/* The inside of the AWS cloud: what the files that answer queries share. A flush (aws.c) takes what
 * was asked since the last turn of the loop, makes questions of it (queries that ask the same are
 * one question), sorted, and hands those of one kind to the functions below, which send calls and
 * see to it that every query is filled and delivered exactly once. */
#ifndef CLOUD_AWS_ACCOUNT_H
#define CLOUD_AWS_ACCOUNT_H

#include "cloud/aws/call.h"
#include "cloud/aws/client.h"
#include "cloud/cloud.h"
#include "http/transport.h"

struct question {
    struct query **queries; /* at least one; all ask the same. Theirs again once delivered */
    size_t count;
    struct str name; /* of the queries; stays */
    int depth;       /* of the calls that led to it */
};

struct asked {
    struct query *query;
    int depth;
    size_t order;
};

struct asked_act {
    struct act *act;
    int depth;
};

struct size_cache;

struct aws_cloud {
    struct cloud cloud; /* first: the seam's pointer is this one's */
    struct aws_client *client;
    struct transport *transport;
    struct arena asked_arena;
    VEC(struct asked) asked;
    VEC(struct asked_act) acts;
    int depth;       /* while a `done` runs: of the answer that it is called for; else 0 */
    bool is_closed;  /* the deadline of this run is over */
    int splits_left; /* LIMIT_SPLIT_CALLS */
    struct size_cache *sizes;
};

/* A question whose array of queries lives in `arena`; the queries stay the callers'. */
struct question question_copy(struct arena *arena, const struct question *question);
/* The cluster that all its queries are for, or the empty string. */
struct str question_cluster(const struct question *question);

/* Each of its queries is filled, then delivered as led to by a call of `depth`. */
void question_answer(struct aws_cloud *cloud, const struct question *question, int depth,
                     void (*fill)(void *context, struct query *query), void *context);
void question_fail(struct aws_cloud *cloud, const struct question *question, int depth,
                   const struct error *err);

/* Says in `err` which operation an answer's trouble comes from, as aws_answer.err does. */
void operation_where(struct error *err, const struct aws_operation *operation);
/* The same failure in the user's words where it is about the cluster ("no cluster 'c' in region
 * 'r'"). */
void explain_cluster(struct error *err, struct str cluster, struct str region);
/* The region as it goes over the wire; for messages. */
struct str account_region_shown(const struct aws_cloud *cloud, struct str region);

/* One function a kind of query; see aws.c. Sorted by region, cluster (where it counts) and name. */
typedef void questions_send(struct aws_cloud *cloud, const struct question *questions,
                            size_t count);
questions_send services_send;
questions_send instance_send;
questions_send capacity_providers_send;
questions_send groups_send;
questions_send statistics_send;
questions_send instances_send;
questions_send instance_tasks_send;
questions_send daemons_send;
questions_send task_sizes_send;
questions_send http_sources_send;

void act_send(struct aws_cloud *cloud, struct act *act, int depth);
/* An act that the deadline kept from being sent. */
void act_refuse(struct aws_cloud *cloud, struct act *act, int depth);

void size_cache_free(struct size_cache *cache);

#endif
