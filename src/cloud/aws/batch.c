/* Invariant: every question is in exactly one batch on its way, `is_open` there until delivered. */
#include "cloud/aws/batch.h"

#include "base/limits.h"
#include "base/memory.h"

#include "base/banned.h"

static void batch_start(const struct batch_kind *kind, struct aws_cloud *cloud,
                        const struct question *questions, size_t count);

static void batch_free(struct batch *batch)
{
    arena_release(&batch->arena);
    memory_free(batch);
}

void batch_fail(const struct batch *batch, struct query *query, struct error *err)
{
    operation_where(err, batch->kind->operation);
    query_fail(query, err);
}

static void close_question(struct batch *batch, size_t index)
{
    batch->is_open[index] = false;
}

static void fail_all(struct batch *batch, const struct error *err)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->is_open[i])
            continue;
        close_question(batch, i);
        question_fail(batch->cloud, &batch->questions[i], batch->depth, err);
    }
    batch_free(batch);
}

/* Is it said of something in the call, not of the caller? */
static bool is_about_content(const struct error *err)
{
    static const char *const codes[] = {
        "ValidationError",
        "InvalidParameterException",
        "InvalidParameterValue",
        "InvalidParameterCombination",
        "ClientException",
        "MissingParameter",
        "MissingRequiredParameterException",
    };
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (str_eq(str_from(err->aws_code), str_from(codes[i])))
            return true;
    }
    return false;
}

static bool may_split(const struct batch *batch)
{
    return batch->count > 1 && batch->cloud->splits_left >= 2;
}

static void split(struct batch *batch)
{
    struct question *open = ARENA_ARRAY(&batch->arena, struct question, batch->count);
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->is_open[i])
            open[count++] = batch->questions[i];
        if (batch->is_open[i] && open[count - 1].depth < batch->depth)
            open[count - 1].depth = batch->depth;
    }
    batch->cloud->splits_left -= 2;
    size_t half = count / 2;
    if (half > 0)
        batch_start(batch->kind, batch->cloud, open, half);
    batch_start(batch->kind, batch->cloud, open + half, count - half);
    batch_free(batch);
}

static void on_answer(void *context, const struct aws_answer *answer);

static void send_page(struct batch *batch)
{
    struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    batch->kind->write(batch, &body);
    if (body.overflowed) {
        struct error err = ERROR_INIT;
        error_set(&err, E_LIMIT, "the request would be over %u bytes", LIMIT_AWS_REQUEST_BYTES);
        operation_where(&err, batch->kind->operation);
        if (may_split(batch))
            split(batch);
        else
            fail_all(batch, &err);
        return;
    }
    struct aws_call call = {
        .operation = batch->kind->operation,
        .region = batch->region,
        .cluster = batch->cluster,
        .body = buf_str(&body),
        .depth = batch->depth,
        .done = on_answer,
        .context = batch,
    };
    aws_call_send(batch->cloud->client, &call);
}

struct reading {
    const struct batch *batch;
    size_t index;
    const struct aws_answer *answer;
};

/* A question that several queries ask is decided for all of them by the same page. */
static void read_query(struct batch *batch, size_t index, const struct aws_answer *answer)
{
    const struct question *question = &batch->questions[index];
    for (size_t i = 0; i < question->count; i++) {
        struct query *query = question->queries[i];
        if (!batch->kind->read(batch, index, query, answer))
            return;
        batch->cloud->depth = batch->depth;
        query->done(query);
        batch->cloud->depth = 0;
    }
    close_question(batch, index);
}

static void fill_end(void *context, struct query *query)
{
    const struct reading *reading = context;
    reading->batch->kind->end(reading->batch, reading->index, query);
}

static void end(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->is_open[i])
            continue;
        struct reading reading = {.batch = batch, .index = i};
        close_question(batch, i);
        question_answer(batch->cloud, &batch->questions[i], batch->depth, fill_end, &reading);
    }
    batch_free(batch);
}

static bool has_open(const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->is_open[i])
            return true;
    }
    return false;
}

static void on_answer(void *context, const struct aws_answer *answer)
{
    struct batch *batch = context;
    const struct batch_kind *kind = batch->kind;
    struct error err = answer->err;
    struct str token = STR_NONE;
    batch->depth = answer->depth;
    if (answer->code != E_OK) {
        if (may_split(batch) && is_about_content(&err)) {
            split(batch);
            return;
        }
        explain_cluster(&err, batch->cluster, account_region_shown(batch->cloud, batch->region));
        fail_all(batch, &err);
        return;
    }
    if ((kind->page != NULL && kind->page(batch, answer, &err) != E_OK) ||
        kind->token(answer, &token, &err) != E_OK) {
        operation_where(&err, kind->operation);
        fail_all(batch, &err);
        return;
    }
    for (size_t i = 0; i < batch->count && kind->read != NULL; i++) {
        if (batch->is_open[i])
            read_query(batch, i, answer);
    }
    if (token.len == 0 || !has_open(batch)) {
        end(batch);
    } else if (paging_next(&batch->paging, &batch->arena, token, kind->token_name, &err) != E_OK) {
        operation_where(&err, kind->operation);
        fail_all(batch, &err);
    } else {
        send_page(batch);
    }
}

static void batch_start(const struct batch_kind *kind, struct aws_cloud *cloud,
                        const struct question *questions, size_t count)
{
    struct batch *batch = memory_new(1, sizeof(*batch));
    const struct query *first = questions[0].queries[0];
    batch->kind = kind;
    batch->cloud = cloud;
    batch->count = count;
    batch->questions = ARENA_ARRAY(&batch->arena, struct question, count);
    batch->is_open = ARENA_ARRAY(&batch->arena, bool, count);
    batch->region = arena_str(&batch->arena, first->region);
    batch->cluster = question_cluster(&questions[0]);
    for (size_t i = 0; i < count; i++) {
        batch->questions[i] = question_copy(&batch->arena, &questions[i]);
        batch->is_open[i] = true;
        if (batch->depth < questions[i].depth)
            batch->depth = questions[i].depth;
        if (!str_eq(batch->cluster, question_cluster(&questions[i])))
            batch->cluster = STR_NONE;
    }
    batch->cluster = arena_str(&batch->arena, batch->cluster);
    send_page(batch);
}

void batches_send(const struct batch_kind *kind, struct aws_cloud *cloud,
                  const struct question *questions, size_t count)
{
    size_t from = 0;
    for (size_t i = 1; i <= count; i++) {
        if (i < count && i - from < kind->max &&
            kind->is_together(questions[from].queries[0], questions[i].queries[0]))
            continue;
        batch_start(kind, cloud, questions + from, i - from);
        from = i;
    }
}
