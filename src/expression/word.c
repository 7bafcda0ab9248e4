#include "expression/word.h"

#include "expression/function.h"
#include "expression/object.h"

#include <stdio.h>

#include "base/banned.h"

/* The character at `at` (of well-formed UTF-8) and its bytes. */
static uint32_t code_point_at(struct str source, size_t at, size_t *len)
{
    const unsigned char *p = (const unsigned char *)source.ptr + at;
    size_t count = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    static const unsigned char lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t value = p[0] & lead_bits[count];
    for (size_t i = 1; i < count; i++)
        value = value << 6 | (p[i] & 0x3Fu);
    *len = count;
    return value;
}

/* What word processors, wikis and chats make of plain characters. */
static const struct lookalike lookalikes[] = {
    {0x00A0, 0x00A0, "a no-break space", " "},
    {0x00AD, 0x00AD, "a soft hyphen", ""},
    {0x00B7, 0x00B7, "a middle dot", "*"},
    {0x00D7, 0x00D7, "a multiplication sign", "*"},
    {0x00F7, 0x00F7, "a division sign", "/"},
    {0x1680, 0x1680, "an unusual space", " "},
    {0x2000, 0x200A, "an unusual space", " "},
    {0x200B, 0x200F, "an invisible character", ""},
    {0x2010, 0x2011, "a typographic hyphen", "-"},
    {0x2012, 0x2015, "a typographic dash", "-"},
    {0x2018, 0x201F, "a quotation mark", ""},
    {0x2026, 0x2026, "an ellipsis", ""},
    {0x2028, 0x202E, "an invisible character", ""},
    {0x202F, 0x202F, "a no-break space", " "},
    {0x205F, 0x205F, "an unusual space", " "},
    {0x2060, 0x206F, "an invisible character", ""},
    {0x2212, 0x2212, "a typographic minus", "-"},
    {0x2215, 0x2215, "a division slash", "/"},
    {0x2217, 0x2217, "an asterisk operator", "*"},
    {0x2219, 0x2219, "a bullet operator", "*"},
    {0x2260, 0x2260, "a not-equal sign", "!="},
    {0x2264, 0x2264, "a less-or-equal sign", "<="},
    {0x2265, 0x2265, "a greater-or-equal sign", ">="},
    {0x22C5, 0x22C5, "a dot operator", "*"},
    {0x3000, 0x3000, "an ideographic space", " "},
    {0xFEFF, 0xFEFF, "a byte order mark", ""},
    {0xFF08, 0xFF08, "a full-width parenthesis", "("},
    {0xFF09, 0xFF09, "a full-width parenthesis", ")"},
    {0xFF0C, 0xFF0C, "a full-width comma", ","},
};

const struct lookalike *word_lookalike(struct str source, size_t at, uint32_t *code_point,
                                       size_t *len)
{
    *code_point = code_point_at(source, at, len);
    for (size_t i = 0; i < ARRAY_LEN(lookalikes); i++) {
        if (*code_point >= lookalikes[i].first && *code_point <= lookalikes[i].last)
            return &lookalikes[i];
    }
    return NULL;
}

static size_t word_char_len(struct str source, size_t at)
{
    if (at >= source.len)
        return 0;
    char c = source.ptr[at];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')
        return 1;
    if ((unsigned char)c < 0x80)
        return 0;
    size_t len = 0;
    uint32_t code_point = 0;
    return word_lookalike(source, at, &code_point, &len) == NULL ? len : 0;
}

size_t word_len(struct str source, size_t at)
{
    size_t end = at;
    size_t step = 0;
    while ((step = word_char_len(source, end)) > 0)
        end += step;
    return end - at;
}

/* Does a word of `name` go on after its end at `end`? Then it is not the whole word there. */
static bool runs_on(struct str name, struct str source, size_t end)
{
    if (word_char_len(source, end) == 0)
        return false;
    size_t last = name.len - 1;
    while (last > 0 && ((unsigned char)name.ptr[last] & 0xC0) == 0x80)
        last--;
    return word_char_len(name, last) > 0;
}

bool names_match(struct names names, struct str source, size_t at, size_t *index, size_t *len)
{
    bool found = false;
    *len = 0;
    for (size_t i = 0; i < names.count; i++) {
        struct str name = names.items[i];
        if (name.len <= *len || name.len > source.len - at || name.ptr[0] != source.ptr[at])
            continue;
        if (!str_eq(name, str_slice(source, at, at + name.len)) ||
            runs_on(name, source, at + name.len))
            continue;
        *index = i;
        *len = name.len;
        found = true;
    }
    return found;
}

/* The best so far. */
struct nearest {
    struct str text;
    size_t distance;
};

static void consider(struct nearest *nearest, struct str word, struct str candidate)
{
    size_t distance = str_eq_nocase(word, candidate) ? 0 : str_distance(word, candidate);
    if (distance < nearest->distance)
        *nearest = (struct nearest){.text = candidate, .distance = distance};
}

bool word_suggest(struct names names, struct str word, bool functions_only,
                  char out[static SUGGESTION_SIZE])
{
    static const char *const constants[] = {"True", "False", "None"};
    /* Further away is another word. */
    size_t limit = word.len < 2 ? 1 : word.len < 6 ? 2 : word.len / 3 + 1;
    struct nearest nearest = {.distance = limit < 4 ? limit : 4};
    for (size_t i = 0; !functions_only && i < names.count; i++)
        consider(&nearest, word, names.items[i]);
    for (size_t i = 0; !functions_only && i < ARRAY_LEN(constants); i++)
        consider(&nearest, word, str_from(constants[i]));
    for (size_t i = 0; i < function_count; i++)
        consider(&nearest, word, str_from(functions[i].name));
    if (!functions_only && (str_eq_nocase(word, STR("null")) || str_eq_nocase(word, STR("nil"))))
        nearest.text = STR("None");
    if (nearest.text.len == 0)
        return false;
    snprintf(out, SUGGESTION_SIZE, "did you mean '%.*s'?", STR_ARG(nearest.text));
    text_cut(out, SUGGESTION_SIZE);
    return true;
}
