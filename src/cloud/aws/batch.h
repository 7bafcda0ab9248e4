/* Many questions in one call: as many names as the API takes, page after page, each question
 * answered by the page that names it. Where AWS refuses a call for what one name in it is, the rest
 * is asked again without it (by halves), so that one cluster's bad name stays its own trouble. */
#ifndef CLOUD_AWS_BATCH_H
#define CLOUD_AWS_BATCH_H

#include "base/buf.h"
#include "cloud/aws/account.h"
#include "cloud/aws/paging.h"

struct batch;

struct batch_kind {
    const struct aws_operation *operation;
    size_t max; /* questions a call */
    const char *token_name;
    /* May these two be asked in one call? */
    bool (*is_together)(const struct query *a, const struct query *b);
    /* The call's body, with batch->paging.token where that is not empty. */
    void (*write)(const struct batch *batch, struct buf *body);
    /* Once a page, before anything else; NULL: nothing to do. Not E_OK: no use in going on. */
    enum error_code (*page)(struct batch *batch, const struct aws_answer *answer,
                            struct error *err);
    /* Fills the query if this page decides it; false: another page may. */
    bool (*read)(const struct batch *batch, size_t index, struct query *query,
                 const struct aws_answer *answer);
    /* After the last page: fills what is still open. */
    void (*end)(const struct batch *batch, size_t index, struct query *query);
    enum error_code (*token)(const struct aws_answer *answer, struct str *token, struct error *err);
};

struct batch {
    const struct batch_kind *kind;
    struct aws_cloud *cloud;
    struct arena arena;
    struct str region;
    struct str cluster; /* for the call log, and for the kinds that are of one cluster */
    struct question *questions;
    bool *is_open;
    size_t count;
    struct paging paging;
    int depth;
    void *state; /* the kind's, in `arena` */
};

/* Makes as few batches as the kind allows of sorted questions, and sends their first calls. */
void batches_send(const struct batch_kind *kind, struct aws_cloud *cloud,
                  const struct question *questions, size_t count);

/* For `read` and `end`: the query fails with `err`, which came up while reading the answer. */
void batch_fail(const struct batch *batch, struct query *query, struct error *err);

#endif
