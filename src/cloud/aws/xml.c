#include "cloud/aws/xml.h"

#include "base/buf.h"
#include "base/limits.h"

#include <expat.h>

#include "base/banned.h"

struct level {
    struct xml_node *node;
    struct xml_node *last_child;
    size_t text_start; /* its character data so far begins here in `text` */
};

/* Invariant: levels[0..depth) are the open elements, outermost first; `text` holds their character
 * data one after the other, so an element's own is the end of it once its children are closed. */
struct parsing {
    struct arena *arena;
    struct xml_node *root;
    struct level levels[LIMIT_ANSWER_DEPTH];
    size_t depth;
    size_t nodes;
    struct buf text;
    XML_Parser parser;
    enum error_code code; /* why it was stopped from here */
    const char *reason;
};

static void stop(struct parsing *p, enum error_code code, const char *reason)
{
    if (p->code == E_OK) {
        p->code = code;
        p->reason = reason;
    }
    XML_StopParser(p->parser, XML_FALSE);
}

static struct str local_name(const char *name)
{
    struct str whole = str_from(name);
    size_t colon = str_find_last(whole, ':');
    return colon < whole.len ? str_slice(whole, colon + 1, whole.len) : whole;
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes)
{
    struct parsing *p = context;
    (void)attributes;
    if (p->depth == LIMIT_ANSWER_DEPTH) {
        stop(p, E_LIMIT, "XML is nested too deep");
        return;
    }
    if (++p->nodes > LIMIT_XML_NODES) {
        stop(p, E_LIMIT, "XML has too many elements");
        return;
    }
    struct xml_node *node = ARENA_NEW(p->arena, struct xml_node);
    node->name = arena_str(p->arena, local_name(name));
    if (p->depth > 0) {
        struct level *parent = &p->levels[p->depth - 1];
        if (parent->last_child != NULL)
            parent->last_child->next = node;
        else
            parent->node->child = node;
        parent->last_child = node;
    } else {
        p->root = node;
    }
    p->levels[p->depth++] = (struct level){.node = node, .text_start = p->text.len};
}

static void XMLCALL on_end(void *context, const char *name)
{
    struct parsing *p = context;
    (void)name;
    if (p->code != E_OK)
        return; /* expat still closes an empty element whose start was refused */
    struct level *level = &p->levels[--p->depth];
    struct str text = str_slice(buf_str(&p->text), level->text_start, p->text.len);
    text = str_trim(text);
    if (text.len > 0)
        level->node->text = arena_str(p->arena, text);
    p->text.len = level->text_start;
}

static void XMLCALL on_text(void *context, const char *text, int len)
{
    struct parsing *p = context;
    if (p->depth > 0 && !buf_add(&p->text, (struct str){.ptr = text, .len = (size_t)len}))
        stop(p, E_LIMIT, "XML is too big");
}

static void XMLCALL on_document_type(void *context, const char *name, const char *system,
                                     const char *public, int has_internal)
{
    (void)name, (void)system, (void)public, (void)has_internal;
    stop(context, E_SYNTAX, "XML with a document type is refused");
}

static void free_parser(XML_Parser *parser)
{
    XML_ParserFree(*parser);
}

enum error_code xml_parse(struct arena *arena, struct str text, struct xml_node **root,
                          struct error *err)
{
    if (text.len > LIMIT_AWS_BODY_BYTES)
        return error_set(err, E_LIMIT, "XML is over %u bytes", LIMIT_AWS_BODY_BYTES);
    XML_Parser parser CLEANUP(free_parser) = XML_ParserCreate(NULL);
    if (parser == NULL)
        return error_set(err, E_LIMIT, "XML: out of memory");
    struct parsing p = {.arena = arena, .text = BUF_INIT(LIMIT_AWS_BODY_BYTES), .parser = parser};
    XML_SetUserData(parser, &p);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_document_type);
    enum XML_Status status = XML_Parse(parser, text.len > 0 ? text.ptr : "", (int)text.len, 1);
    buf_release_secret(&p.text);
    if (status == XML_STATUS_OK) {
        *root = p.root;
        return E_OK;
    }
    int line = (int)XML_GetCurrentLineNumber(parser);
    int column = (int)XML_GetCurrentColumnNumber(parser) + 1;
    if (p.code != E_OK)
        return error_set(err, p.code, "%s (line %d, column %d)", p.reason, line, column);
    return error_set(err, E_SYNTAX, "malformed XML at line %d, column %d: %s", line, column,
                     XML_ErrorString(XML_GetErrorCode(parser)));
}

static const struct xml_node *find(const struct xml_node *first, struct str name)
{
    for (const struct xml_node *node = first; node != NULL; node = node->next) {
        if (str_eq(node->name, name))
            return node;
    }
    return NULL;
}

const struct xml_node *xml_child(const struct xml_node *node, const char *name)
{
    return node != NULL ? find(node->child, str_from(name)) : NULL;
}

const struct xml_node *xml_next(const struct xml_node *node)
{
    return node != NULL ? find(node->next, node->name) : NULL;
}

struct str xml_text(const struct xml_node *node, const char *name)
{
    const struct xml_node *child = xml_child(node, name);
    return child != NULL ? child->text : STR_NONE;
}

bool xml_int(const struct xml_node *node, const char *name, int64_t *out)
{
    return str_to_int64(xml_text(node, name), out);
}
