#include "document/fill.h"

#include "base/buf.h"
#include "base/limits.h"

#include <string.h>

#include "base/banned.h"

/* Reads a variable; false: reported. */
static bool look_up(struct source *source, const struct reference *reference, struct str *value)
{
    struct str name = reference->name;
    struct str found = STR_NONE;
    if (!source->lookup(source->lookup_context, name, &found)) {
        source_report(source, SEVERITY_ERROR, reference->span,
                      STR("set it, or write %%( for a literal %("),
                      "environment variable '%.*s' is not set", STR_ARG(name));
        return false;
    }
    if (!str_is_utf8(found, NULL)) {
        source_report(source, SEVERITY_ERROR, reference->span, STR_NONE,
                      "the value of environment variable '%.*s' is not UTF-8", STR_ARG(name));
        return false;
    }
    if (found.len > LIMIT_DEFINITION_BYTES - source->filled_bytes) {
        source->overfilled = true;
        source_report(source, SEVERITY_ERROR, reference->span, STR_NONE,
                      "the values filled into this file are larger than %d KiB together",
                      LIMIT_DEFINITION_BYTES / 1024);
        return false;
    }
    source->filled_bytes += found.len;
    *value = arena_str(source->arena, found);
    return true;
}

/* A %( that is neither a variable nor escaped stands as it is, as it did in the predecessor. */
static void warn_of_literals(struct source *source, const struct yaml_node *node)
{
    size_t at = str_find_str(node->masked, STR("%("));
    if (at == node->masked.len)
        return;
    size_t from = yaml_locate(source, node, at);
    source_report(source, SEVERITY_WARNING, (struct span){from, from + 2},
                  STR("write %%( where that is meant"),
                  "this is no variable and stands as it is: a name has letters, digits and '_', "
                  "the first no digit");
}

struct pieces {
    struct piece *items;
    size_t count;
    size_t room;
};

static void add_text(struct source *source, struct pieces *pieces, struct str masked, size_t from,
                     size_t to)
{
    if (from < to)
        *VEC_ADD(source->arena, pieces) = (struct piece){
            .value = str_slice(masked, from, to),
            .shown = str_slice(masked, from, to),
            .masked_from = from,
        };
}

/* The k-th marker of the text is the k-th reference of the stretch of the file it came from: the
 * file holds the marker nowhere else. */
static bool split(struct source *source, const struct yaml_node *node, struct pieces *pieces)
{
    struct str marker = {.ptr = source->marker, .len = MARKER_LEN};
    struct str masked = node->masked;
    size_t next = source_reference_at(source, node->span.from);
    size_t from = 0;
    bool fine = true;
    for (;;) {
        size_t at = from + str_find_str(str_slice(masked, from, masked.len), marker);
        add_text(source, pieces, masked, from, at);
        if (at >= masked.len || next >= source->references.count)
            return fine;
        const struct reference *reference = &source->references.items[next++];
        struct piece piece = {.value = STR("%("), .shown = STR("%("), .masked_from = at};
        if (reference->name.len > 0) {
            piece.reference = reference;
            piece.shown = str_slice(source->text, reference->span.from, reference->span.to);
            fine = look_up(source, reference, &piece.value) && fine;
            if (source->overfilled)
                return false;
        }
        *VEC_ADD(source->arena, pieces) = piece;
        from = at + MARKER_LEN + reference->name.len;
    }
}

static void join(struct source *source, struct filled *filled)
{
    struct buf value CLEANUP(buf_release_secret) = BUF_INIT(4 * LIMIT_DEFINITION_BYTES);
    struct buf shown CLEANUP(buf_release) = BUF_INIT(4 * LIMIT_DEFINITION_BYTES);
    for (size_t i = 0; i < filled->piece_count; i++) {
        buf_add(&value, filled->pieces[i].value);
        buf_add(&shown, filled->pieces[i].shown);
        filled->from_environment |= filled->pieces[i].reference != NULL;
    }
    filled->value = arena_str(source->arena, buf_str(&value));
    filled->shown = arena_str(source->arena, buf_str(&shown));
}

const struct filled *fill(struct source *source, struct yaml_node *scalar)
{
    if (scalar->filled != NULL)
        return scalar->filled;
    struct str marker = {.ptr = source->marker, .len = MARKER_LEN};
    struct filled *filled = ARENA_NEW(source->arena, struct filled);
    warn_of_literals(source, scalar);
    if (str_find_str(scalar->masked, marker) == scalar->masked.len) {
        filled->value = filled->shown = scalar->masked;
    } else {
        struct pieces pieces = {0};
        if (!split(source, scalar, &pieces)) {
            scalar->bad = true;
            return NULL;
        }
        filled->pieces = pieces.items;
        filled->piece_count = pieces.count;
        join(source, filled);
    }
    scalar->filled = filled;
    return filled;
}

struct span fill_locate(const struct source *source, const struct yaml_node *scalar, size_t offset,
                        size_t len, bool *in_variable)
{
    *in_variable = false;
    const struct filled *filled = scalar->filled;
    size_t masked = offset;
    size_t at = 0; /* of the piece in the value */
    for (size_t i = 0; filled != NULL && i < filled->piece_count; i++) {
        const struct piece *piece = &filled->pieces[i];
        size_t end = at + piece->value.len;
        bool touches = offset < end && offset + len > at;
        if (piece->reference != NULL && touches) {
            *in_variable = true;
            return piece->reference->span;
        }
        /* The last piece takes an offset at the very end of the value, too. */
        if (offset >= at && (offset < end || i + 1 == filled->piece_count))
            masked = piece->masked_from + (offset - at);
        at = end;
    }
    size_t from = yaml_locate(source, scalar, masked);
    size_t to = yaml_locate(source, scalar, masked + len);
    return (struct span){from, to > from ? to : from + 1};
}
