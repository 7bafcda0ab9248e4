/* Invariants: `outstanding` counts the calls on their way; the survey ends, once, when it is 0 and
 * nothing is left to be listed or described (or something failed). What `listed` holds up to `sent`
 * was asked to be described; every one of these is accounted for by its answer. */
#include "cloud/aws/survey.h"

#include "base/limits.h"
#include "base/memory.h"
#include "cloud/aws/ecs_operations.h"

#include "base/banned.h"

/* A describe on its way; lives in the survey's arena. */
struct describing {
    struct survey *survey;
    size_t from; /* position in `listed` */
    size_t count;
};

static void fill(void *context, struct query *query)
{
    const struct survey *survey = context;
    survey->kind->fill(survey, query);
}

static void end_if_over(struct survey *survey)
{
    if (survey->outstanding > 0)
        return;
    if (survey->err.code != E_OK) {
        question_fail(survey->cloud, &survey->question, survey->depth, &survey->err);
    } else {
        survey->kind->sort(survey);
        question_answer(survey->cloud, &survey->question, survey->depth, fill, survey);
    }
    arena_release(&survey->arena);
    memory_free(survey);
}

static void fail(struct survey *survey, const struct aws_operation *operation,
                 const struct error *err)
{
    if (survey->err.code != E_OK)
        return;
    survey->err = *err;
    operation_where(&survey->err, operation);
}

static void answer_begin(struct survey *survey, const struct aws_answer *answer,
                         const struct aws_operation *operation)
{
    survey->outstanding--;
    if (survey->depth < answer->depth)
        survey->depth = answer->depth;
    if (answer->code == E_OK)
        return;
    struct error err = answer->err;
    explain_cluster(&err, survey->cluster, account_region_shown(survey->cloud, survey->region));
    fail(survey, operation, &err);
}

static void send(struct survey *survey, const struct aws_call *parts, struct buf *body)
{
    struct aws_call call = *parts;
    call.region = survey->region;
    call.cluster = survey->cluster;
    call.body = buf_str(body);
    survey->outstanding++;
    aws_call_send(survey->cloud->client, &call);
}

static void take_all(struct survey *survey, const struct describing *part, const json_t *answer)
{
    const struct survey_kind *kind = survey->kind;
    for (size_t i = 0; i < part->count; i++) {
        struct error err = ERROR_INIT;
        struct item item;
        struct str arn = survey->listed.items[part->from + i];
        enum error_code code = ecs_find(answer, kind->described, arn, i, &item, &err);
        if (code == E_MISSING)
            continue; /* gone since it was listed */
        if (code == E_OK)
            code = kind->take(survey, &item, &err);
        if (code != E_OK) {
            fail(survey, kind->describe, &err);
            return;
        }
    }
}

static void on_described(void *context, const struct aws_answer *answer)
{
    const struct describing *part = context;
    struct survey *survey = part->survey;
    answer_begin(survey, answer, survey->kind->describe);
    if (survey->err.code == E_OK)
        take_all(survey, part, answer->json);
    end_if_over(survey);
}

/* Full calls as soon as there is enough for one; what is left once the lists are read. */
static void describe(struct survey *survey, int depth)
{
    const struct survey_kind *kind = survey->kind;
    for (;;) {
        size_t left = survey->listed.count - survey->sent;
        size_t count = left < kind->max ? left : kind->max;
        if (count == 0 || (count < kind->max && survey->is_listing))
            return;
        struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
        struct describing *part = ARENA_NEW(&survey->arena, struct describing);
        *part = (struct describing){.survey = survey, .from = survey->sent, .count = count};
        ecs_write_describe(&body, survey->cluster, kind->asked, survey->listed.items + part->from,
                           count);
        survey->sent += count;
        if (body.overflowed) {
            struct error err = ERROR_INIT;
            error_set(&err, E_LIMIT, "the request would be over %u bytes", LIMIT_AWS_REQUEST_BYTES);
            fail(survey, kind->describe, &err);
            return;
        }
        struct aws_call call = {
            .operation = kind->describe, .depth = depth, .done = on_described, .context = part};
        send(survey, &call, &body);
    }
}

static void on_listed(void *context, const struct aws_answer *answer);

static void list(struct survey *survey, int depth)
{
    struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    struct json_writer w = JSON_WRITER(&body, 0);
    jsonw_object_begin(&w);
    jsonw_key(&w, "cluster"), jsonw_str(&w, survey->cluster);
    if (survey->kind->write_filter != NULL)
        survey->kind->write_filter(survey, &w);
    jsonw_key(&w, "maxResults"), jsonw_int(&w, ECS_PAGE_MAX);
    if (survey->paging.token.len > 0)
        jsonw_key(&w, "nextToken"), jsonw_str(&w, survey->paging.token);
    jsonw_object_end(&w);
    struct aws_call call = {
        .operation = survey->kind->list, .depth = depth, .done = on_listed, .context = survey};
    send(survey, &call, &body);
}

static enum error_code take_page(struct survey *survey, const json_t *answer, struct str *token,
                                 struct error *err)
{
    const json_t *arns = NULL;
    enum error_code code = ecs_read_arns(answer, survey->kind->arns, &arns, err);
    if (code == E_OK)
        code = ecs_read_token(answer, token, err);
    if (code != E_OK)
        return code;
    if (survey->listed.count + json_array_size(arns) > LIMIT_LIST_ITEMS)
        return error_set(err, E_LIMIT, "the list has more than %d items", LIMIT_LIST_ITEMS);
    for (size_t i = 0; i < json_array_size(arns); i++) {
        const json_t *arn = json_array_get(arns, i);
        struct str text = {.ptr = json_string_value(arn), .len = json_string_length(arn)};
        *VEC_ADD(&survey->arena, &survey->listed) = arena_str(&survey->arena, text);
    }
    if (token->len > 0)
        return paging_next(&survey->paging, &survey->arena, *token, "nextToken", err);
    return E_OK;
}

static void on_listed(void *context, const struct aws_answer *answer)
{
    struct survey *survey = context;
    struct error err = ERROR_INIT;
    struct str token = STR_NONE;
    answer_begin(survey, answer, survey->kind->list);
    if (survey->err.code == E_OK && take_page(survey, answer->json, &token, &err) != E_OK)
        fail(survey, survey->kind->list, &err);
    if (survey->err.code == E_OK && token.len > 0) {
        list(survey, answer->depth);
    } else if (survey->err.code == E_OK && survey->round + 1 < survey->kind->rounds) {
        survey->round++;
        survey->paging = (struct paging){.token = STR_NONE};
        list(survey, answer->depth);
    } else {
        survey->is_listing = false;
    }
    if (survey->err.code == E_OK)
        describe(survey, answer->depth);
    end_if_over(survey);
}

void survey_start(const struct survey_kind *kind, struct aws_cloud *cloud,
                  const struct question *question)
{
    struct survey *survey = memory_new(1, sizeof(*survey));
    const struct query *first = question->queries[0];
    survey->kind = kind;
    survey->cloud = cloud;
    survey->question = question_copy(&survey->arena, question);
    survey->region = arena_str(&survey->arena, first->region);
    survey->cluster = arena_str(&survey->arena, first->cluster);
    survey->depth = question->depth;
    survey->is_listing = true;
    list(survey, question->depth);
}
