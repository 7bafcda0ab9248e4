#include "document/yaml.h"

#include "base/limits.h"
#include "document/fill.h"
#include "document/names.h"

#include <libfyaml.h>
#include <string.h>

#include "base/banned.h"

/* A collection that is being read. `key` waits for its value. Entries are gathered here and copied
 * into the node when it is complete. */
struct frame {
    struct yaml_node *node;
    struct yaml_node *key;
    VEC(struct yaml_entry) entries;
    VEC(struct yaml_entry) merged;
    VEC(struct yaml_node *) items;
};

struct parse {
    struct source *source;
    struct fy_parser *parser;
    struct fy_diag *diag;
    struct frame frames[LIMIT_DEFINITION_DEPTH];
    size_t frame_count;
    struct names anchors;
    struct yaml_node *root;
    size_t end;          /* where the newest token ended: the place of an empty scalar */
    size_t merged_count; /* entries copied by merge keys */
    bool failed;
};

static void parser_release(struct fy_parser **parser)
{
    if (*parser != NULL)
        fy_parser_destroy(*parser);
}

static void diag_release(struct fy_diag **diag)
{
    if (*diag == NULL)
        return;
    fy_diag_reset_error(*diag); /* or what it collected leaks (libfyaml 0.7.12) */
    fy_diag_unref(*diag);
}

static void event_release(struct parse *parse, struct fy_event **event)
{
    if (*event != NULL)
        fy_parser_event_free(parse->parser, *event);
    *event = NULL;
}

static bool fail(struct parse *parse, struct span span, const char *message, struct str hint)
{
    source_report(parse->source, SEVERITY_ERROR, span, hint, "%s", message);
    parse->failed = true;
    return false;
}

static struct str token_text(struct fy_token *token)
{
    size_t len = 0;
    const char *text = token != NULL ? fy_token_get_text(token, &len) : NULL;
    return text != NULL ? (struct str){.ptr = text, .len = len} : STR_NONE;
}

/* Quoted in a message: variables are %(NAME) again. */
static struct str shown_text(const struct parse *parse, struct str masked, struct span place)
{
    size_t line = source_line(parse->source, place.from);
    return source_unmask(parse->source, masked, parse->source->line_starts.items[line - 1]);
}

static struct span event_span(struct parse *parse, struct fy_event *event)
{
    const struct fy_mark *start = fy_event_start_mark(event);
    const struct fy_mark *end = fy_event_end_mark(event);
    size_t size = parse->source->text.len;
    struct span span = {.from = parse->end, .to = parse->end};
    if (start != NULL && start->input_pos <= size)
        span.from = span.to = start->input_pos;
    if (end != NULL && end->input_pos <= size && end->input_pos >= span.from)
        span.to = end->input_pos;
    parse->end = span.to;
    return span;
}

/* ---- aliases, merge keys ---- */

static bool weigh(struct parse *parse, struct yaml_node *node, const struct yaml_node *child)
{
    node->weight += child->weight;
    if (child->depth + 1 > node->depth)
        node->depth = child->depth + 1;
    if (node->weight > LIMIT_DEFINITION_NODES)
        return fail(parse, child->span, "aliases make this file grow beyond all measure",
                    STR("an alias of aliases of aliases?"));
    if (node->depth + parse->frame_count > LIMIT_DEFINITION_DEPTH)
        return fail(parse, child->span, "nested too deeply", STR_NONE);
    return true;
}

static bool is_merge_key(const struct yaml_node *key)
{
    return key->style == YAML_PLAIN && str_eq(key->masked, STR("<<"));
}

static bool merge_map(struct parse *parse, struct frame *frame, const struct yaml_node *from,
                      struct span place)
{
    if (from->kind != YAML_MAP) {
        source_report(parse->source, SEVERITY_ERROR, place, STR_NONE,
                      "'<<' needs a mapping, or a list of mappings");
        return true; /* nothing is merged; the rest of the file has its own errors */
    }
    parse->merged_count += from->entry_count;
    if (parse->merged_count > LIMIT_DEFINITION_NODES)
        return fail(parse, place, "merge keys make this file grow beyond all measure", STR_NONE);
    for (size_t i = 0; i < from->entry_count; i++)
        *VEC_ADD(parse->source->arena, &frame->merged) = from->entries[i];
    return true;
}

static bool merge(struct parse *parse, struct frame *frame, const struct yaml_node *value)
{
    if (value->kind != YAML_LIST)
        return merge_map(parse, frame, value, value->span);
    for (size_t i = 0; i < value->item_count; i++) {
        if (!merge_map(parse, frame, value->items[i], value->items[i]->span))
            return false;
    }
    return true;
}

/* Puts the gathered entries into the node: merged ones first, as the predecessor had it, each
 * where no entry of the mapping itself (or an earlier merged one) has its key. */
static bool close_map(struct parse *parse, struct frame *frame)
{
    struct arena *arena = parse->source->arena;
    struct yaml_node *node = frame->node;
    struct names seen = {0};
    for (size_t i = 0; i < frame->entries.count; i++) {
        struct yaml_entry *entry = &frame->entries.items[i];
        size_t first = 0;
        if (!names_add(arena, &seen, entry->key->masked, i, &first)) {
            size_t line = source_line(parse->source, frame->entries.items[first].key->span.from);
            struct str shown =
                source_unmask(parse->source, entry->key->masked, entry->key->span.from);
            source_report(parse->source, SEVERITY_ERROR, entry->key->span, STR_NONE,
                          "key '%.*s' is given twice, first in line %zu", STR_ARG(shown), line);
            entry->value = NULL;
        }
    }
    node->entries =
        ARENA_ARRAY(arena, struct yaml_entry, frame->entries.count + frame->merged.count);
    for (size_t i = 0; i < frame->merged.count; i++) {
        const struct yaml_entry *entry = &frame->merged.items[i];
        size_t first = 0;
        if (names_add(arena, &seen, entry->key->masked, i, &first))
            node->entries[node->entry_count++] = *entry;
    }
    for (size_t i = 0; i < frame->entries.count; i++) {
        if (frame->entries.items[i].value != NULL)
            node->entries[node->entry_count++] = frame->entries.items[i];
    }
    node->weight = 1;
    for (size_t i = 0; i < node->entry_count; i++) {
        if (!weigh(parse, node, node->entries[i].key) ||
            !weigh(parse, node, node->entries[i].value))
            return false;
    }
    return true;
}

static bool close_list(struct parse *parse, struct frame *frame)
{
    struct yaml_node *node = frame->node;
    node->items = frame->items.items;
    node->item_count = frame->items.count;
    node->weight = 1;
    for (size_t i = 0; i < node->item_count; i++) {
        if (!weigh(parse, node, node->items[i]))
            return false;
    }
    return true;
}

/* ---- building ---- */

/* Gives a complete scalar, or a collection that was just opened, to the collection around it. */
static bool place(struct parse *parse, struct yaml_node *node)
{
    struct arena *arena = parse->source->arena;
    if (parse->frame_count == 0) {
        parse->root = node;
        return true;
    }
    struct frame *frame = &parse->frames[parse->frame_count - 1];
    if (frame->node->kind == YAML_LIST) {
        *VEC_ADD(arena, &frame->items) = node; /* NOLINT(bugprone-sizeof-expression): pointers */
    } else if (frame->key == NULL) {
        if (node->kind != YAML_SCALAR)
            return fail(parse, node->span, "a key must be a text", STR_NONE);
        frame->key = node;
    } else {
        struct yaml_node *key = frame->key;
        frame->key = NULL;
        /* Merged when the value is complete: see end_collection. */
        if (!is_merge_key(key) || node->open)
            *VEC_ADD(arena, &frame->entries) = (struct yaml_entry){.key = key, .value = node};
        else
            return merge(parse, frame, node);
    }
    return true;
}

static bool open_collection(struct parse *parse, struct yaml_node *node)
{
    if (parse->frame_count == LIMIT_DEFINITION_DEPTH)
        return fail(parse, node->span, "nested too deeply", STR_NONE);
    node->open = true;
    if (!place(parse, node))
        return false;
    parse->frames[parse->frame_count++] = (struct frame){.node = node};
    return true;
}

static bool end_collection(struct parse *parse)
{
    if (parse->frame_count == 0)
        return true;
    struct frame *frame = &parse->frames[--parse->frame_count];
    struct yaml_node *node = frame->node;
    bool fine = node->kind == YAML_MAP ? close_map(parse, frame) : close_list(parse, frame);
    node->open = false;
    if (!fine || parse->frame_count == 0)
        return fine;
    /* A mapping or list that was written out under '<<' is merged now that it is complete. */
    struct frame *parent = &parse->frames[parse->frame_count - 1];
    if (parent->node->kind != YAML_MAP || parent->entries.count == 0)
        return true;
    const struct yaml_entry *newest = &parent->entries.items[parent->entries.count - 1];
    if (newest->value != node || !is_merge_key(newest->key))
        return true;
    parent->entries.count--;
    return merge(parse, parent, node);
}

/* Tags that say what the schema says anyway pass, !!str makes a text of anything. */
static bool check_tag(struct parse *parse, struct fy_event *event, struct yaml_node *node)
{
    static const char *const known[] = {"int", "float", "bool", "null", "map", "seq"};
    struct fy_token *token = fy_event_get_tag_token(event);
    if (token == NULL)
        return true;
    struct str tag = token_text(token);
    struct str prefix = STR("tag:yaml.org,2002:");
    struct str name = str_starts(tag, prefix) ? str_slice(tag, prefix.len, tag.len) : STR_NONE;
    if (str_eq(name, STR("str")) || str_eq(tag, STR("!"))) {
        if (node->style == YAML_PLAIN)
            node->style = YAML_SINGLE_QUOTED;
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (str_eq(name, str_from(known[i])))
            return true;
    }
    struct str shown = shown_text(parse, tag, node->span);
    struct str message = arena_printf(parse->source->arena, "unknown tag '%.*s'", STR_ARG(shown));
    return fail(parse, node->span, message.ptr, STR_NONE);
}

static bool anchor(struct parse *parse, struct fy_event *event, struct yaml_node *node)
{
    struct fy_token *token = fy_event_get_anchor_token(event);
    if (token == NULL)
        return true;
    struct str name = arena_str(parse->source->arena, token_text(token));
    names_set(parse->source->arena, &parse->anchors, name, node);
    return true;
}

static bool take_alias(struct parse *parse, struct fy_event *event)
{
    struct span span = event_span(parse, event);
    struct str name = token_text(event->alias.anchor);
    struct yaml_node *node = names_get(&parse->anchors, name);
    struct arena *arena = parse->source->arena;
    if (node != NULL && !node->open)
        return place(parse, node);
    struct str shown = shown_text(parse, name, span);
    struct str text = node == NULL ? arena_printf(arena, "no anchor '&%.*s' above", STR_ARG(shown))
                                   : arena_printf(arena, "'*%.*s' holds itself", STR_ARG(shown));
    return fail(parse, span, text.ptr, STR_NONE);
}

static enum yaml_style style_of(struct fy_token *token)
{
    switch (token != NULL ? fy_token_scalar_style(token) : FYSS_PLAIN) {
    case FYSS_SINGLE_QUOTED:
        return YAML_SINGLE_QUOTED;
    case FYSS_DOUBLE_QUOTED:
        return YAML_DOUBLE_QUOTED;
    case FYSS_LITERAL:
        return YAML_LITERAL;
    case FYSS_FOLDED:
        return YAML_FOLDED;
    case FYSS_ANY:
    case FYSS_PLAIN:
    case FYSS_MAX:
        break;
    }
    return YAML_PLAIN;
}

static bool take_node(struct parse *parse, struct fy_event *event)
{
    struct arena *arena = parse->source->arena;
    struct yaml_node *node = ARENA_NEW(arena, struct yaml_node);
    node->span = event_span(parse, event);
    if (event->type == FYET_SCALAR) {
        node->style = style_of(event->scalar.value);
        node->masked = node->style == YAML_SINGLE_QUOTED
                           ? yaml_unquote(parse->source, node->span)
                           : arena_str(arena, token_text(event->scalar.value));
        node->weight = 1 + node->masked.len / 64;
    } else {
        node->kind = event->type == FYET_MAPPING_START ? YAML_MAP : YAML_LIST;
    }
    if (!check_tag(parse, event, node) || !anchor(parse, event, node))
        return false;
    return node->kind == YAML_SCALAR ? place(parse, node) : open_collection(parse, node);
}

static bool take_event(struct parse *parse, struct fy_event *event)
{
    switch (event->type) {
    case FYET_SCALAR:
    case FYET_MAPPING_START:
    case FYET_SEQUENCE_START:
        return take_node(parse, event);
    case FYET_ALIAS:
        return take_alias(parse, event);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        return end_collection(parse);
    case FYET_DOCUMENT_START:
        if (parse->root != NULL)
            return fail(parse, event_span(parse, event), "a second document begins here",
                        STR("one file, one cluster: leave out the '---'"));
        return true;
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
    case FYET_DOCUMENT_END:
        break;
    }
    return true;
}

/* ---- syntax errors ---- */

/* A tab in the white space that a line begins with: the usual reason of odd messages. */
static bool find_tab(const struct source *source, size_t around, struct span *out)
{
    size_t line = source_line(source, around);
    for (size_t i = line > 1 ? line - 1 : line; i <= line + 1; i++) {
        if (i > source->line_starts.count)
            break;
        size_t at = source->line_starts.items[i - 1];
        while (at < source->text.len && source->text.ptr[at] == ' ')
            at++;
        if (at < source->text.len && source->text.ptr[at] == '\t') {
            *out = (struct span){at, at + 1};
            return true;
        }
    }
    return false;
}

/* What libfyaml says, and what it mostly means. */
static struct str syntax_hint(struct str message)
{
    static const struct {
        const char *message;
        const char *hint;
    } rows[] = {
        {"invalid multiline plain key",
         "no ': ' after a key, or the next line is indented too far?"},
        {"plain scalar cannot start with '%'", "a variable is %(NAME); put other text in quotes"},
        {"missing comma in flow", "no ',' or no closing bracket above?"},
        {"wrongly indented", "no closing quote?"},
        {"could not find expected ':'", "no ': ' after the key?"},
        {"invalid nested block mapping", "put a text that holds ': ' in quotes"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (str_find_str(message, str_from(rows[i].message)) < message.len)
            return str_from(rows[i].hint);
    }
    return STR_NONE;
}

static void report_syntax(struct parse *parse)
{
    struct source *source = parse->source;
    void *iterator = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(parse->diag, &iterator);
    struct span span = {parse->end, parse->end + 1};
    const struct fy_mark *start = NULL;
    if (error != NULL && error->fyt != NULL)
        start = fy_token_start_mark(error->fyt);
    if (start != NULL && start->input_pos <= source->text.len)
        span = (struct span){start->input_pos, start->input_pos + 1};
    struct span tab;
    if (find_tab(source, span.from, &tab)) {
        source_report(source, SEVERITY_ERROR, tab, STR("use spaces"),
                      "YAML allows no tab in the indentation");
        return;
    }
    struct str message =
        error != NULL && error->msg != NULL ? str_from(error->msg) : STR("this is not YAML");
    size_t from = source->line_starts.items[source_line(source, span.from) - 1];
    struct str shown = source_unmask(source, str_trim(message), from);
    source_report(source, SEVERITY_ERROR, span, syntax_hint(message), "not well-formed YAML: %.*s",
                  STR_ARG(shown));
}

struct yaml_node *yaml_parse(struct source *source)
{
    struct fy_parse_cfg config = {
        .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2,
    };
    struct fy_parser *parser CLEANUP(parser_release) = fy_parser_create(&config);
    /* A reference of our own; given back before the parser goes. */
    struct fy_diag *diag CLEANUP(diag_release) = parser != NULL ? fy_parser_get_diag(parser) : NULL;
    struct parse parse = {.source = source, .parser = parser, .diag = diag};
    if (parser == NULL ||
        fy_parser_set_string(parser, source->masked.ptr, source->masked.len) != 0) {
        source_report_file(source, SEVERITY_ERROR, STR_NONE, "the YAML parser cannot be started");
        return NULL;
    }
    fy_diag_set_collect_errors(diag, true);
    bool fine = true;
    bool ended = false;
    while (fine && !ended) {
        struct fy_event *event = fy_parser_parse(parser);
        if (event == NULL)
            break;
        ended = event->type == FYET_STREAM_END;
        fine = take_event(&parse, event);
        event_release(&parse, &event);
    }
    if (parse.failed)
        return NULL;
    if (!ended || fy_parser_get_stream_error(parser)) {
        report_syntax(&parse);
        return NULL;
    }
    if (parse.root == NULL) {
        parse.root = ARENA_NEW(source->arena, struct yaml_node);
        parse.root->weight = 1;
    }
    return parse.root;
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    if (map == NULL || map->kind != YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->entry_count; i++) {
        const struct yaml_node *here = map->entries[i].key;
        struct str name = here->filled != NULL ? here->filled->value : here->masked;
        if (str_eq(name, str_from(key)))
            return map->entries[i].value;
    }
    return NULL;
}

bool yaml_is_null(const struct yaml_node *node)
{
    static const char *const texts[] = {"", "~", "null", "Null", "NULL"};
    if (node->kind != YAML_SCALAR || node->style != YAML_PLAIN)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (str_eq(node->masked, str_from(texts[i])))
            return true;
    }
    return false;
}
