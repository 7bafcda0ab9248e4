/* The document: writing it, and taking it apart. */
#include "record/record.h"

#include "base/clock.h"
#include "base/limits.h"
#include "record/parts.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* --- calls --- */

/* Calls of one operation, together. */
struct operation {
    struct str service;
    struct str name;
    int64_t count;
    int64_t attempts;
    int64_t throttles;
    int64_t failures;
    int64_t total_us;
    int64_t max_us;
};

static bool is_kept(const struct call_record *call, const struct record *record)
{
    return call->cluster.len == 0 || str_eq(call->cluster, record->definition->cluster);
}

static void write_call(struct json_writer *w, const struct call_record *call,
                       const struct definition *definition)
{
    jsonw_object_begin(w);
    write_str(w, "service", call->service);
    write_str(w, "operation", call->operation);
    write_str(w, "region", region_shown(definition, call->region));
    write_bool(w, "shared", call->cluster.len == 0);
    write_int(w, "attempts", call->attempts);
    write_int(w, "throttles", call->throttles);
    write_maybe_int(w, "status", call->http_status != 0, call->http_status);
    jsonw_key(w, "error");
    jsonw_cstr(w, call->code != E_OK ? error_name(call->code) : NULL);
    write_maybe_real(w, "latency_ms", true, (double)call->latency_us / 1e3);
    write_int(w, "depth", call->depth);
    jsonw_object_end(w);
}

static int compare_calls(const void *a, const void *b)
{
    const struct call_record *left = *(const struct call_record *const *)a;
    const struct call_record *right = *(const struct call_record *const *)b;
    int order = str_compare(left->service, right->service);
    return order != 0 ? order : str_compare(left->operation, right->operation);
}

static void write_operation(struct json_writer *w, const struct operation *operation)
{
    jsonw_object_begin(w);
    write_str(w, "service", operation->service);
    write_str(w, "operation", operation->name);
    write_int(w, "count", operation->count);
    write_int(w, "attempts", operation->attempts);
    write_int(w, "throttles", operation->throttles);
    write_int(w, "failures", operation->failures);
    write_maybe_real(w, "total_ms", true, (double)operation->total_us / 1e3);
    write_maybe_real(w, "max_ms", true, (double)operation->max_us / 1e3);
    jsonw_object_end(w);
}

static void write_operations(struct json_writer *w, const struct call_record **calls, size_t count)
{
    if (count > 0)
        qsort(calls, count, sizeof(struct call_record *), compare_calls);
    jsonw_array_begin(w);
    for (size_t i = 0; i < count;) {
        struct operation all = {.service = calls[i]->service, .name = calls[i]->operation};
        size_t first = i;
        for (; i < count && compare_calls(&calls[first], &calls[i]) == 0; i++) {
            all.count++;
            all.attempts += calls[i]->attempts;
            all.throttles += calls[i]->throttles;
            all.failures += calls[i]->code != E_OK;
            all.total_us += calls[i]->latency_us;
            all.max_us = calls[i]->latency_us > all.max_us ? calls[i]->latency_us : all.max_us;
        }
        write_operation(w, &all);
    }
    jsonw_array_end(w);
}

static void write_calls(struct json_writer *w, const struct record *record)
{
    size_t room = record->calls != NULL ? record->calls->calls.count : 0;
    struct arena scratch = ARENA_INIT;
    const struct call_record **kept = ARENA_ARRAY(&scratch, const struct call_record *, room);
    size_t count = 0;
    jsonw_key(w, "calls");
    jsonw_array_begin(w);
    for (size_t i = 0; i < room; i++) {
        const struct call_record *call = &record->calls->calls.items[i];
        if (!is_kept(call, record))
            continue;
        kept[count++] = call;
        write_call(w, call, record->definition);
    }
    jsonw_array_end(w);
    jsonw_key(w, "operations");
    write_operations(w, kept, count);
    arena_release(&scratch);
}

/* --- the document --- */

void record_write(const struct record *record, struct buf *out)
{
    const struct definition *definition = record->definition;
    struct json_writer writer = JSON_WRITER(out, 0);
    struct json_writer *w = &writer;
    char time[CLOCK_TEXT_SIZE];
    clock_format(record->snapshot->now_ms, true, time);
    jsonw_object_begin(w);
    write_int(w, "version", RECORD_VERSION);
    write_str(w, "program", STR("ecs-autoscale " ECS_AUTOSCALE_VERSION));
    write_str(w, "cluster", definition->cluster);
    write_str(w, "region", region_shown(definition, record->snapshot->region));
    write_str(w, "time", str_from(time));
    jsonw_key(w, "definition");
    definition_write(definition, w);
    jsonw_key(w, "snapshot");
    snapshot_write(definition, record->snapshot, w);
    jsonw_key(w, "plan");
    plan_write(definition, record->plan, w);
    jsonw_key(w, "outcomes");
    outcomes_write(record->plan, record->outcomes, w);
    write_calls(w, record);
    jsonw_object_end(w);
}

/* Position after the string that begins at `at`. The text is known to be JSON. */
static size_t skip_string(struct str json, size_t at)
{
    for (at++; at < json.len && json.ptr[at] != '"'; at++)
        at += json.ptr[at] == '\\';
    return at + 1;
}

static size_t skip_space(struct str json, size_t at)
{
    while (at < json.len && strchr(" \t\r\n", json.ptr[at]) != NULL)
        at++;
    return at;
}

/* Position after the value that begins at `at`: a comma or bracket of the level around it. */
static size_t skip_value(struct str json, size_t at)
{
    size_t depth = 0;
    while (at < json.len) {
        char c = json.ptr[at];
        if (c == '"') {
            at = skip_string(json, at);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            break;
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        at++;
    }
    return at;
}

/* The bytes of the top-level object's member `key` (the last of that name, as in the parsed form);
 * empty where there is none. */
static struct str member_bytes(struct str json, struct str key)
{
    struct str found = STR_NONE;
    size_t at = skip_space(json, 0) + 1;
    while (at < json.len && json.ptr[at] != '}') {
        at = skip_space(json, at);
        size_t key_end = skip_string(json, at);
        struct str name = str_slice(json, at + 1, key_end - 1);
        size_t start = skip_space(json, skip_space(json, key_end) + 1); /* behind the colon */
        size_t end = skip_value(json, start);
        if (str_eq(name, key))
            found = str_trim(str_slice(json, start, end));
        at = end + (end < json.len && json.ptr[end] == ',');
    }
    return found;
}

static void read_document(const struct node *root, struct str line, struct record_read *out)
{
    if (!json_is_object(root->json)) {
        node_fail(root, E_TYPE, "not an object");
        return;
    }
    int64_t version = node_int(root, "version", INT64_MIN, INT64_MAX);
    struct node member = node_member(root, "version");
    if (version != RECORD_VERSION)
        node_fail(&member, E_TYPE, "%lld; this program reads version %d", (long long)version,
                  RECORD_VERSION);
    if (root->reader->code != E_OK)
        return;
    struct node definition = node_object(root, "definition");
    out->definition = ARENA_NEW(root->reader->arena, struct definition);
    definition_read(&definition, out->definition);
    if (root->reader->code != E_OK)
        return;
    struct node snapshot = node_object(root, "snapshot");
    out->snapshot = ARENA_NEW(root->reader->arena, struct snapshot);
    snapshot_read(&snapshot, out->definition, out->snapshot);
    struct node plan = node_object(root, "plan");
    out->plan_text = arena_str(root->reader->arena, member_bytes(line, STR("plan")));
    if (out->plan_text.len == 0)
        node_fail(&plan, E_SYNTAX, "its name must be written without escapes");
}

enum error_code record_parse(struct arena *arena, struct str line, struct record_read *out,
                             struct error *err)
{
    if (line.len > LIMIT_RECORD_LINE_BYTES)
        return error_set(err, E_LIMIT, "a record of more than %u MiB",
                         LIMIT_RECORD_LINE_BYTES / 1024 / 1024);
    struct error ignored;
    struct error *problem = err != NULL ? err : &ignored;
    json_t *json CLEANUP(json_release) = NULL;
    enum error_code code = json_parse(line, &json, problem);
    if (code != E_OK)
        return code;
    struct reader reader = {.arena = arena, .err = problem};
    struct node root = {.reader = &reader, .json = json};
    struct record_read read = {0};
    read_document(&root, line, &read);
    if (reader.code == E_OK)
        *out = read;
    return reader.code;
}
