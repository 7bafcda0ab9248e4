/* The sizes of task-definition revisions. A revision never changes, so that each is asked for once
 * in the cloud's life.
 * Invariants of the cache: open addressing, at most half full, no removal of single rows; a row is
 * in use where its key has bytes. When it is full all of it is dropped: the sizes still needed are
 * a few calls away. */
#include "base/limits.h"
#include "base/memory.h"
#include "cloud/aws/account.h"
#include "cloud/aws/ecs_answers.h"
#include "cloud/aws/ecs_operations.h"

#include <string.h>

#include "base/banned.h"

enum { SLOTS = 2 * LIMIT_TASK_SIZES };

struct cached_size {
    struct str key; /* region, line feed, name as asked for */
    struct resources size;
};

struct size_cache {
    struct arena arena;
    size_t count;
    struct cached_size rows[SLOTS];
};

void size_cache_free(struct size_cache *cache)
{
    if (cache == NULL)
        return;
    arena_release(&cache->arena);
    memory_free(cache);
}

static struct cached_size *find_row(struct size_cache *cache, struct str key)
{
    size_t slot = str_hash(key) % SLOTS;
    while (cache->rows[slot].key.len > 0 && !str_eq(cache->rows[slot].key, key))
        slot = (slot + 1) % SLOTS;
    return &cache->rows[slot];
}

static void keep(struct aws_cloud *cloud, struct str key, struct resources size)
{
    struct size_cache *cache = cloud->sizes;
    if (cache->count >= LIMIT_TASK_SIZES) {
        arena_release(&cache->arena);
        memset(cache->rows, 0, sizeof(cache->rows));
        cache->count = 0;
    }
    struct cached_size *row = find_row(cache, key);
    if (row->key.len > 0)
        return;
    *row = (struct cached_size){.key = arena_str(&cache->arena, key), .size = size};
    cache->count++;
}

static struct str key_of(struct arena *arena, struct str region, struct str name)
{
    return arena_printf(arena, "%.*s\n%.*s", STR_ARG(region), STR_ARG(name));
}

/* "…/worker:7", "worker:7"; a family alone means its newest revision, which changes. */
static bool has_revision(struct str name)
{
    int64_t revision = 0;
    struct str tail = ecs_name(name);
    size_t colon = str_find_last(tail, ':');
    return colon < tail.len && str_to_int64(str_slice(tail, colon + 1, tail.len), &revision);
}

struct asking {
    struct aws_cloud *cloud;
    struct arena arena;
    struct question question;
    struct str region;
};

static void fill(void *context, struct query *query)
{
    const struct resources *size = context;
    query->size = *size;
    query->fact = FACT_OF_PRESENT;
}

static void on_answer(void *context, const struct aws_answer *answer)
{
    struct asking *asking = context;
    struct error err = answer->err;
    struct resources size;
    enum error_code code = answer->code;
    if (code == E_OK && (code = ecs_read_task_size(answer->json, &size, &err)) != E_OK)
        operation_where(&err, &ecs_describe_task_definition);
    if (code != E_OK) {
        question_fail(asking->cloud, &asking->question, answer->depth, &err);
    } else {
        if (has_revision(asking->question.name))
            keep(asking->cloud, key_of(&asking->arena, asking->region, asking->question.name),
                 size);
        question_answer(asking->cloud, &asking->question, answer->depth, fill, &size);
    }
    arena_release(&asking->arena);
    memory_free(asking);
}

static void ask(struct aws_cloud *cloud, const struct question *question)
{
    struct asking *asking = memory_new(1, sizeof(*asking));
    struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    struct json_writer w = JSON_WRITER(&body, 0);
    asking->cloud = cloud;
    asking->question = question_copy(&asking->arena, question);
    asking->region = arena_str(&asking->arena, question->queries[0]->region);
    jsonw_object_begin(&w);
    jsonw_key(&w, "taskDefinition"), jsonw_str(&w, question->name);
    jsonw_object_end(&w);
    struct aws_call call = {
        .operation = &ecs_describe_task_definition,
        .region = asking->region,
        .cluster = question_cluster(question),
        .body = buf_str(&body),
        .depth = question->depth,
        .done = on_answer,
        .context = asking,
    };
    aws_call_send(cloud->client, &call);
}

void task_sizes_send(struct aws_cloud *cloud, const struct question *questions, size_t count)
{
    if (cloud->sizes == NULL)
        cloud->sizes = memory_new(1, sizeof(*cloud->sizes));
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < count; i++) {
        struct str key = key_of(&arena, questions[i].queries[0]->region, questions[i].name);
        const struct cached_size *row = find_row(cloud->sizes, key);
        struct resources size = row->size;
        if (row->key.len > 0)
            question_answer(cloud, &questions[i], questions[i].depth, fill, &size);
        else
            ask(cloud, &questions[i]);
    }
    arena_release(&arena);
}
