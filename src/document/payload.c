/* A request's payload: YAML to JSON. Twice: with values filled in, and as people may see it. */
#include "base/jsonw.h"
#include "base/limits.h"
#include "document/fill.h"
#include "document/scalar.h"
#include "document/values.h"

#include <math.h>

#include "base/banned.h"

struct writing {
    struct source *source;
    struct json_writer json;
    bool shown;
    bool fine;
};

static void write_scalar(struct writing *writing, struct yaml_node *node)
{
    const struct filled *filled = fill(writing->source, node);
    if (filled == NULL) {
        writing->fine = false;
        return;
    }
    struct str text = writing->shown ? filled->shown : filled->value;
    struct scalar scalar = {.kind = SCALAR_TEXT};
    if (node->style == YAML_PLAIN && !(writing->shown && filled->from_environment))
        scalar = scalar_read(text);
    switch (scalar.kind) {
    case SCALAR_TEXT:
        jsonw_str(&writing->json, text);
        break;
    case SCALAR_NULL:
        jsonw_null(&writing->json);
        break;
    case SCALAR_BOOL:
        jsonw_bool(&writing->json, scalar.boolean);
        break;
    case SCALAR_INT:
        jsonw_int(&writing->json, scalar.integer);
        break;
    case SCALAR_FLOAT:
        if (!isfinite(scalar.real)) {
            source_report(writing->source, SEVERITY_ERROR, node->span, STR_NONE,
                          "JSON has no such number");
            writing->fine = false;
        }
        jsonw_double(&writing->json, scalar.real);
        break;
    }
}

/* Recursion is bounded by LIMIT_DEFINITION_DEPTH, which yaml.c has checked. */
static void write_node(struct writing *writing, struct yaml_node *node)
{
    switch (node->kind) {
    case YAML_SCALAR:
        write_scalar(writing, node);
        break;
    case YAML_LIST:
        jsonw_array_begin(&writing->json);
        for (size_t i = 0; i < node->item_count; i++)
            write_node(writing, node->items[i]);
        jsonw_array_end(&writing->json);
        break;
    case YAML_MAP:
        jsonw_object_begin(&writing->json);
        for (size_t i = 0; i < node->entry_count; i++) {
            const struct filled *key = fill(writing->source, node->entries[i].key);
            if (key == NULL) {
                writing->fine = false;
                continue;
            }
            jsonw_key_str(&writing->json, writing->shown ? key->shown : key->value);
            write_node(writing, node->entries[i].value);
        }
        jsonw_object_end(&writing->json);
        break;
    }
}

static bool write_whole(struct source *source, struct yaml_node *node, bool shown, struct str *out)
{
    struct buf text CLEANUP(buf_release_secret) = BUF_INIT(LIMIT_DEFINITION_BYTES);
    struct writing writing = {
        .source = source, .json = JSON_WRITER(&text, 0), .shown = shown, .fine = true};
    write_node(&writing, node);
    if (text.overflowed) {
        source_report(source, SEVERITY_ERROR, node->span, STR_NONE,
                      "'payload' is larger than %d KiB", LIMIT_DEFINITION_BYTES / 1024);
        return false;
    }
    *out = arena_str(source->arena, buf_str(&text));
    return writing.fine;
}

bool payload_read(struct source *source, struct yaml_node *node, struct text *out)
{
    struct text text;
    bool fine = write_whole(source, node, false, &text.value) &&
                write_whole(source, node, true, &text.shown);
    if (fine)
        *out = text;
    else
        node->bad = true;
    return fine;
}
