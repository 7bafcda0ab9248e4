#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/vec.h"
#include "http/replay.h"

#include "base/banned.h"

/* The exchange that is being read. Invariant: `is` is complete (may be added) once has_answer. */
struct reading {
    struct transport *replay;
    struct arena arena;
    struct replay_exchange is;
    VEC(struct http_header) headers;
    struct buf answer;
    size_t parts;
    bool has_request;
    bool has_answer;
};

static void add_finished(struct reading *r)
{
    if (r->has_answer) {
        r->is.headers = r->headers.items;
        r->is.header_count = r->headers.count;
        r->is.answer = buf_str(&r->answer);
        replay_add(r->replay, &r->is);
    }
    r->is = (struct replay_exchange){.status = 0};
    r->headers.count = 0;
    buf_clear(&r->answer);
    r->parts = 0;
    r->has_request = false;
    r->has_answer = false;
}

/* The next word of a line; "*" is the empty pattern. */
static struct str take_word(struct str *rest)
{
    *rest = str_trim(*rest);
    size_t end = str_find(*rest, ' ');
    struct str word = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end, rest->len);
    return str_eq(word, STR("*")) ? STR_NONE : word;
}

static bool read_request(struct reading *r, struct str line)
{
    if (r->has_request && !r->has_answer)
        return false;
    add_finished(r);
    r->is.method = take_word(&line);
    r->is.url = take_word(&line);
    r->is.operation = take_word(&line);
    r->has_request = true;
    return str_trim(line).len == 0;
}

static bool read_body_part(struct reading *r, struct str line)
{
    if (!r->has_request || r->has_answer || r->parts == REPLAY_BODY_PARTS)
        return false;
    r->is.body[r->parts++] = line;
    return true;
}

static bool split_header(struct str line, struct http_header *header)
{
    size_t colon = str_find(line, ':');
    header->name = str_trim(str_slice(line, 0, colon));
    header->value = str_trim(str_slice(line, colon + 1, line.len));
    return colon < line.len && header->name.len > 0;
}

static bool read_wanted_header(struct reading *r, struct str line)
{
    return r->has_request && !r->has_answer && split_header(line, &r->is.header);
}

static bool read_times(struct reading *r, struct str line)
{
    int64_t times = 0;
    line = str_trim(line);
    if (str_eq(line, STR("always")))
        r->is.times = REPLAY_ALWAYS;
    else if (str_to_int64(line, &times) && times > 0 && times <= LIMIT_COUNT)
        r->is.times = (int)times;
    else
        return false;
    return r->has_request && !r->has_answer;
}

static bool read_status(struct reading *r, struct str line)
{
    int64_t status = 0;
    if (!r->has_request || r->has_answer || !str_to_int64(take_word(&line), &status) ||
        status < 100 || status > 999)
        return false;
    struct str latency = str_trim(line);
    r->is.status = (int)status;
    r->has_answer = true;
    return latency.len == 0 || clock_parse_duration(latency, &r->is.latency_ms);
}

static bool read_failure(struct reading *r, struct str line)
{
    static const struct {
        struct str name;
        enum error_code code;
        bool may_have_arrived;
    } rows[] = {
        {{"refused", 7}, E_NETWORK, false},
        {{"reset", 5}, E_NETWORK, true},
        {{"timeout", 7}, E_TIMEOUT, true},
    };
    if (!r->has_request || r->has_answer)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!str_eq(str_trim(line), rows[i].name))
            continue;
        r->is.code = rows[i].code;
        r->is.may_have_arrived = rows[i].may_have_arrived;
        r->has_answer = true;
        return true;
    }
    return false;
}

static bool read_header(struct reading *r, struct str line)
{
    return r->has_answer && split_header(line, VEC_ADD(&r->arena, &r->headers));
}

static bool read_answer(struct reading *r, struct str line)
{
    if (r->answer.len > 0)
        buf_add_char(&r->answer, '\n');
    return r->has_answer && buf_add(&r->answer, line);
}

static const struct line_kind {
    char mark;
    bool (*read)(struct reading *r, struct str line);
} kinds[] = {
    {'>', read_request}, {'~', read_body_part}, {'^', read_wanted_header}, {'=', read_times},
    {'<', read_status},  {'!', read_failure},   {':', read_header},        {'|', read_answer},
};

static bool read_line(struct reading *r, struct str line)
{
    if (str_trim(line).len == 0 || line.ptr[0] == '#')
        return true;
    struct str rest = str_slice(line, line.len > 1 && line.ptr[1] == ' ' ? 2 : 1, line.len);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].mark == line.ptr[0])
            return kinds[i].read(r, rest);
    }
    return false;
}

enum error_code replay_read(struct transport *replay, struct str file, struct str text,
                            struct error *err)
{
    struct reading r = {.replay = replay, .answer = BUF_INIT(LIMIT_AWS_BODY_BYTES)};
    int number = 0;
    bool is_fine = true;
    struct str line;
    while (is_fine && str_split(&text, '\n', &line)) {
        number++;
        is_fine = read_line(&r, line);
    }
    if (is_fine && r.has_request && !r.has_answer)
        is_fine = false;
    if (is_fine)
        add_finished(&r);
    buf_release(&r.answer);
    arena_release(&r.arena);
    if (is_fine)
        return E_OK;
    enum error_code code = error_set(err, E_SYNTAX, "this line has no place here; see replay.h");
    error_where(err, "%.*s:%d", STR_ARG(file), number);
    return code;
}
