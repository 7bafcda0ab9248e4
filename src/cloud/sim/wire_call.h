/* One call on its way through the wire front: what was asked, what is answered, and the refusal
 * where there is one. Readers of members refuse by themselves: a false one ends the operation.
 * Private to src/cloud/sim. */
#ifndef CLOUD_SIM_WIRE_CALL_H
#define CLOUD_SIM_WIRE_CALL_H

#include "base/json.h"
#include "cloud/sim/wire_out.h"
#include "cloud/sim/world.h"

struct wire_call;

enum wire_protocol { WIRE_AWS_JSON, WIRE_QUERY, WIRE_RPC_CBOR };

struct wire_operation {
    const char *name;
    /* Writes the members of the answer; false: refused, and what was written does not count. */
    bool (*answer)(struct wire_call *call);
    bool has_no_result; /* Query: its answer has no <…Result> */
};

struct wire_service {
    const char *name;    /* of SigV4: "ecs" */
    const char *target;  /* JSON: X-Amz-Target without the operation; NULL: not spoken */
    const char *version; /* Query: "2011-01-01"; NULL: not spoken */
    const char *xmlns;   /* Query: of the answer's element */
    const char *invalid; /* its code for parameters that are wrong */
    const struct wire_operation *operations; /* ended by a row without a name */
};

struct wire_call {
    struct sim_world *world;
    struct arena *arena;
    const struct wire_service *service;
    const struct wire_operation *operation;
    enum wire_protocol protocol;
    struct str region;
    int64_t shift_ms;
    uint64_t number;
    const json_t *in;
    struct wire_out out;
    struct sim_refusal refusal; /* code NULL: none so far */
};

/* Every one gives false, so that `return wire_refuse(…)` ends an operation. */
bool wire_refuse(struct wire_call *call, const char *code, const char *format, ...)
    PRINTF_LIKE(3, 4);
bool wire_refuse_invalid(struct wire_call *call, const char *format, ...) PRINTF_LIKE(2, 3);
/* What the world said; the message is kept. */
bool wire_refuse_by_world(struct wire_call *call, const struct sim_refusal *refusal);

/* Members of `object`; false only for a refusal. Where the member is absent, *out stays. Texts live
 * as long as the call. */
bool wire_get_str(struct wire_call *call, const json_t *object, const char *key, struct str *out);
bool wire_get_int(struct wire_call *call, const json_t *object, const char *key, int64_t *out);
bool wire_get_bool(struct wire_call *call, const json_t *object, const char *key, bool *out);
bool wire_get_time(struct wire_call *call, const json_t *object, const char *key, int64_t *out);
bool wire_get_list(struct wire_call *call, const json_t *object, const char *key,
                   const json_t **out); /* NULL: absent */
bool wire_get_object(struct wire_call *call, const json_t *object, const char *key,
                     const json_t **out);
/* A list of texts, at most `max` of them. */
struct wire_names {
    struct str *items;
    size_t count;
    bool is_given;
};
bool wire_get_names(struct wire_call *call, const char *key, size_t max, struct wire_names *out);
/* A text that has to be there. */
bool wire_need_str(struct wire_call *call, const json_t *object, const char *key, struct str *out);

/* ---- Paging: a token names the operation and the position that the next page begins behind. ----
 */

struct wire_page_rule {
    const char *max_key;   /* "maxResults"; NULL: the caller cannot choose */
    const char *token_key; /* "nextToken", in and out */
    int64_t max;           /* and the lowest is 1 */
    int64_t usual;
};
struct wire_page {
    int64_t max;
    struct str after; /* empty: from the start */
};
bool wire_page_get(struct wire_call *call, const struct wire_page_rule *rule,
                   struct wire_page *page);
void wire_page_token(struct wire_call *call, const char *key, struct str position);
/* A page of sorted texts, and the token where there are more. */
bool wire_page_write(struct wire_call *call, const struct wire_page_rule *rule, const char *list,
                     const struct str *texts, size_t count);

/* ---- What several services need to know of the account. ---- */

enum { WIRE_NONE = -1 };

struct str wire_arn(const struct wire_call *call, const char *service, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* What stands behind the last '/' of an ARN; a name as it is. */
struct str wire_arn_name(struct str arn_or_name);
/* 32 hex digits of a name, as UUID ("8-4-4-4-12") or plain; always the same for the same name. */
struct str wire_uuid(struct arena *arena, struct str seed, bool dashes);
struct str wire_zone(const struct wire_call *call, struct str ec2_id); /* availability zone */
struct str wire_group_arn(const struct wire_call *call, struct str group);
const struct sim_cluster_spec *wire_cluster_find(const struct wire_call *call, struct str name,
                                                 size_t *index);
void wire_sort(struct str *texts, size_t count);

extern const struct wire_service wire_services[]; /* ended by a row without a name */
extern const struct wire_operation wire_ecs_operations[];
extern const struct wire_operation wire_autoscaling_operations[];
extern const struct wire_operation wire_cloudwatch_operations[];

#endif
