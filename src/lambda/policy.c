/* Resources are gathered an action, sorted, each once; actions on the same resources then share a
 * statement: the same definitions give the same bytes, in whatever order they come. */
#include "lambda/policy.h"

#include "base/limits.h"
#include "cloud/aws/config.h"
#include "lambda/policy_grants.h"

#include <stdlib.h>

#include "base/banned.h"

enum { DOCUMENT_BYTES = 64 * 1024 * 1024, ROWS_MAX = 64 };

/* A row with all its resources; none: these definitions do not lead to it. */
struct granted {
    const struct grant *grant;
    struct arns arns;
    bool is_written;
};

struct gathered {
    struct arena arena;
    struct granted rows[ROWS_MAX];
    size_t count;
};

static const char *const scopes[] = {"service", "cluster", "region"};

bool policy_scope_from_name(struct str name, enum policy_scope *scope)
{
    size_t index = 0;
    if (!str_in_table(name, scopes, ARRAY_LEN(scopes), &index))
        return false;
    *scope = (enum policy_scope)index;
    return true;
}

static int compare(const void *left, const void *right)
{
    return str_compare(*(const struct str *)left, *(const struct str *)right);
}

static void tidy(struct arns *arns)
{
    if (arns->items.count == 0)
        return;
    qsort(arns->items.items, arns->items.count, sizeof(struct str), compare);
    size_t kept = 1;
    for (size_t i = 1; i < arns->items.count; i++) {
        if (!str_eq(arns->items.items[i], arns->items.items[kept - 1]))
            arns->items.items[kept++] = arns->items.items[i];
    }
    arns->items.count = kept;
}

static bool is_same(const struct granted *a, const struct granted *b)
{
    if (a->grant->by_condition != b->grant->by_condition ||
        a->arns.items.count != b->arns.items.count)
        return false;
    for (size_t i = 0; i < a->arns.items.count; i++) {
        if (!str_eq(a->arns.items.items[i], b->arns.items.items[i]))
            return false;
    }
    return true;
}

static enum error_code check_region(struct str region, const char *whose, struct str name,
                                    struct error *err)
{
    if (region.len == 0)
        return error_set(err, E_REGION,
                         "%s '%.*s' has no region: give --region, set AWS_REGION, or put 'region' "
                         "into its definition",
                         whose, STR_ARG(name));
    if (!aws_region_is_valid(region))
        return error_set(err, E_REGION,
                         "%s '%.*s' has a region that is no region name; an example of one is "
                         "eu-west-1",
                         whose, STR_ARG(name));
    return E_OK;
}

static struct str region_of(const struct policy_input *input, const struct definition *definition)
{
    return definition->has_region ? definition->region.value : input->region;
}

static enum error_code check(const struct policy_input *input, struct error *err)
{
    enum error_code code = E_OK;
    for (size_t i = 0; code == E_OK && i < input->definition_count; i++) {
        const struct definition *definition = input->definitions[i];
        if (definition->enabled)
            code = check_region(region_of(input, definition), "cluster", definition->cluster, err);
    }
    if (code == E_OK && input->log_group.len > 0)
        code = check_region(input->region, "log group", input->log_group, err);
    return code;
}

static enum error_code gather(const struct policy_input *input, struct gathered *all,
                              struct error *err)
{
    enum error_code code = check(input, err);
    if (code != E_OK)
        return code;
    bool is_empty = true;
    for (size_t row = 0; row < policy_grant_count; row++) {
        struct granted *granted = &all->rows[all->count++];
        *granted = (struct granted){.grant = &policy_grants[row], .arns = {.arena = &all->arena}};
        for (size_t i = 0; granted->grant->list != NULL && i < input->definition_count; i++) {
            const struct definition *definition = input->definitions[i];
            struct place place = {.input = input, .region = region_of(input, definition)};
            if (definition->enabled)
                granted->grant->list(&place, definition, &granted->arns);
        }
        if (granted->grant->own != NULL)
            granted->grant->own(&(struct place){.input = input, .region = input->region},
                                &granted->arns);
        tidy(&granted->arns);
        is_empty = is_empty && granted->arns.items.count == 0;
    }
    return is_empty ? error_set(err, E_MISSING,
                                "there is nothing to allow: no cluster of these definitions is "
                                "switched on and has a group or services")
                    : E_OK;
}

static void write_texts(struct json_writer *w, const struct str *items, size_t count)
{
    jsonw_array_begin(w);
    for (size_t i = 0; i < count; i++)
        jsonw_str(w, items[i]);
    jsonw_array_end(w);
}

/* The row with all later ones on the same resources. */
static void write_statement(struct gathered *all, size_t first, struct json_writer *w)
{
    const struct granted *lead = &all->rows[first];
    struct str any = STR("*");
    jsonw_object_begin(w);
    jsonw_key(w, "Effect"), jsonw_cstr(w, "Allow");
    jsonw_key(w, "Action");
    jsonw_array_begin(w);
    for (size_t i = first; i < all->count; i++) {
        struct granted *row = &all->rows[i];
        if (row->is_written || !is_same(lead, row))
            continue;
        jsonw_cstr(w, policy_grant_action(row->grant));
        row->is_written = true;
    }
    jsonw_array_end(w);
    jsonw_key(w, "Resource");
    if (lead->grant->by_condition) {
        write_texts(w, &any, 1);
        jsonw_key(w, "Condition");
        jsonw_object_begin(w);
        jsonw_key(w, "ArnEquals");
        jsonw_object_begin(w);
        jsonw_key(w, "ecs:cluster");
        write_texts(w, lead->arns.items.items, lead->arns.items.count);
        jsonw_object_end(w);
        jsonw_object_end(w);
    } else {
        write_texts(w, lead->arns.items.items, lead->arns.items.count);
    }
    jsonw_object_end(w);
}

static void write(struct gathered *all, struct json_writer *w)
{
    for (size_t i = 0; i < all->count; i++)
        all->rows[i].is_written = all->rows[i].arns.items.count == 0;
    jsonw_object_begin(w);
    jsonw_key(w, "Version"), jsonw_cstr(w, "2012-10-17");
    jsonw_key(w, "Statement");
    jsonw_array_begin(w);
    for (size_t i = 0; i < all->count; i++) {
        if (!all->rows[i].is_written)
            write_statement(all, i, w);
    }
    jsonw_array_end(w);
    jsonw_object_end(w);
}

/* As IAM counts: no white space between values. Bytes, so never fewer than IAM's characters. */
static size_t count_characters(struct str json)
{
    size_t count = 0;
    bool in_text = false;
    for (size_t i = 0; i < json.len; i++) {
        count += in_text || json.ptr[i] != ' ';
        if (json.ptr[i] == '"')
            in_text = !in_text;
        else if (json.ptr[i] == '\\' && ++i < json.len)
            count++; /* what is escaped is no end */
    }
    return count;
}

static enum error_code check_size(const struct policy_input *input, struct gathered *all,
                                  struct error *err)
{
    static const char *const what_to_do[] = {
        [POLICY_SCOPE_SERVICE] = "allow whole clusters instead of single services: --scope cluster",
        [POLICY_SCOPE_CLUSTER] = "allow every cluster of its regions: --scope region",
        [POLICY_SCOPE_REGION] = "divide the definitions between two functions",
    };
    struct buf text CLEANUP(buf_release) = BUF_INIT(DOCUMENT_BYTES);
    struct json_writer compact = JSON_WRITER(&text, 0);
    write(all, &compact);
    size_t count = count_characters(buf_str(&text));
    if (count <= LIMIT_POLICY_CHARACTERS && !text.overflowed)
        return E_OK;
    return error_set(err, E_LIMIT,
                     "the policy would have %zu characters, over the %d that IAM takes in the "
                     "inline policies of a role; %s",
                     count, LIMIT_POLICY_CHARACTERS, what_to_do[input->scope]);
}

enum error_code policy_write(const struct policy_input *input, struct json_writer *w,
                             struct error *err)
{
    struct gathered all = {.arena = ARENA_INIT};
    enum error_code code = gather(input, &all, err);
    if (code == E_OK)
        code = check_size(input, &all, err);
    if (code == E_OK)
        write(&all, w);
    arena_release(&all.arena);
    return code;
}

static void explain_row(const struct granted *row, struct buf *out)
{
    const struct grant *grant = row->grant;
    buf_addf(out, "%s\n  %s\n", policy_grant_action(grant), grant->purpose);
    if (grant->everywhere != NULL)
        buf_addf(out, "  on * (%s)\n", grant->everywhere);
    for (size_t i = 0; i < row->arns.items.count; i++) {
        if (grant->by_condition)
            buf_addf(out, "  in %.*s\n", STR_ARG(row->arns.items.items[i]));
        else if (grant->everywhere == NULL)
            buf_addf(out, "  on %.*s\n", STR_ARG(row->arns.items.items[i]));
    }
}

enum error_code policy_explain(const struct policy_input *input, struct buf *out, struct error *err)
{
    struct gathered all = {.arena = ARENA_INIT};
    enum error_code code = gather(input, &all, err);
    for (size_t i = 0; code == E_OK && i < all.count; i++) {
        if (all.rows[i].arns.items.count > 0)
            explain_row(&all.rows[i], out);
    }
    arena_release(&all.arena);
    return code;
}

size_t policy_everywhere(const struct policy_input *input, struct buf *out)
{
    struct gathered all = {.arena = ARENA_INIT};
    struct error err = ERROR_INIT;
    size_t count = 0;
    if (gather(input, &all, &err) != E_OK)
        all.count = 0;
    for (size_t i = 0; i < all.count; i++) {
        if (all.rows[i].arns.items.count == 0 || all.rows[i].grant->everywhere == NULL)
            continue;
        buf_addf(out, "%s%s", count++ > 0 ? ", " : "", policy_grant_action(all.rows[i].grant));
    }
    arena_release(&all.arena);
    return count;
}
