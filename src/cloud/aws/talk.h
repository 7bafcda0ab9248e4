/* AWS calls for commands, which ask and wait: several in flight together, their answers copied and
 * kept until the talk ends. What runs passes uses cloud.h. */
#ifndef CLOUD_AWS_TALK_H
#define CLOUD_AWS_TALK_H

#include "base/vec.h"
#include "cloud/aws/call.h"

struct aws_talk {
    struct aws_client *client;   /* borrowed */
    struct transport *transport; /* borrowed: the client's */
    struct arena arena;          /* of all replies; for the caller's requests, too */
    VEC(json_t *) kept;
};

struct aws_reply {
    enum error_code code;       /* E_CANCELLED until answered */
    struct error err;           /* as aws_answer.err */
    json_t *json;               /* the talk's */
    const struct xml_node *xml; /* likewise */
    struct str body;            /* of a success, as it came: operations that answer freely */
    const struct http_header *headers;
    size_t header_count;
};

/* Wipes and forgets every answer; the talk can go on. For CLEANUP. */
void aws_talk_release(struct aws_talk *talk);

/* Queues a call (its done and context are the talk's); *reply stays where it is until the run. */
void aws_talk_queue(struct aws_talk *talk, const struct aws_call *call, struct aws_reply *reply);
/* Until every queued call is answered. Bounded by the calls' own time-outs and attempts. */
void aws_talk_run(struct aws_talk *talk);
/* One call, now. On failure *err is filled (and *reply, too). */
NODISCARD enum error_code aws_talk_ask(struct aws_talk *talk, const struct aws_call *call,
                                       struct aws_reply *reply, struct error *err);
/* Waits on the transport's clock: for what AWS does in its own time. */
void aws_talk_wait(struct aws_talk *talk, int64_t ms);

/* The header's value, or the empty string. */
struct str aws_reply_header(const struct aws_reply *reply, struct str name);

#endif
