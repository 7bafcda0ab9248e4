#include "lambda/schedule.h"

#include "base/limits.h"

#include "base/banned.h"

enum { CRON_FIELDS = 6, NAME_LEN = 3, DAY_OF_MONTH = 2, DAY_OF_WEEK = 4 };

/* "cron( x )" → "x"; without the word it is the text itself. */
static struct str unwrap(struct str text, struct str word)
{
    text = str_trim(text);
    if (str_starts(text, word) && str_ends(text, STR(")")))
        text = str_slice(text, word.len, text.len - 1);
    return str_trim(text);
}

static enum error_code wrong_rate(struct str text, struct error *err)
{
    return error_set(err, E_SYNTAX,
                     "'%.*s' is no rate: expected '1 minute', '5 minutes', '1 hour', '2 days', …",
                     STR_ARG(str_slice(text, 0, 100)));
}

enum error_code schedule_from_rate(struct arena *arena, struct str text, struct str *out,
                                   struct error *err)
{
    static const char *const units[] = {"minute", "hour", "day"};
    struct str inner = unwrap(text, STR("rate("));
    size_t space = str_find(inner, ' ');
    struct str number = str_slice(inner, 0, space);
    struct str unit = str_trim(str_slice(inner, space, inner.len));
    int64_t value = 0;
    if (number.len > 9 || (number.len > 0 && number.ptr[0] == '+') || !str_to_int64(number, &value))
        return wrong_rate(text, err);
    bool is_plural = str_ends(unit, STR("s"));
    struct str singular = str_slice(unit, 0, unit.len - is_plural);
    size_t index = 0;
    if (!str_in_table(singular, units, ARRAY_LEN(units), &index))
        return wrong_rate(text, err);
    if (value < 1)
        return error_set(err, E_RANGE, "a rate is at least 1 minute, not '%.*s'", STR_ARG(inner));
    if ((value != 1) != is_plural)
        return error_set(err, E_SYNTAX,
                         "EventBridge takes 'rate(%lld %s%s)', not '%.*s': one is singular, more "
                         "are plural",
                         (long long)value, units[index], value == 1 ? "" : "s", STR_ARG(inner));
    *out = arena_printf(arena, "rate(%lld %.*s)", (long long)value, STR_ARG(unit));
    return E_OK;
}

static const char *const months[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                     "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
static const char *const days[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

static const struct cron_field {
    const char *name;
    int64_t low;
    int64_t high;
    const char *const *words; /* the first stands for 1 */
    size_t word_count;
    bool is_day;
} cron_fields[CRON_FIELDS] = {
    {"minutes", 0, 59, NULL, 0, false},
    {"hours", 0, 23, NULL, 0, false},
    {"day of month", 1, 31, NULL, 0, true},
    {"month", 1, 12, months, ARRAY_LEN(months), false},
    {"day of week", 1, 7, days, ARRAY_LEN(days), true},
    {"year", 1970, 2199, NULL, 0, false},
};

static bool is_number(struct str text, int64_t low, int64_t high)
{
    int64_t value = 0;
    return text.len > 0 && text.ptr[0] >= '0' && text.ptr[0] <= '9' && str_to_int64(text, &value) &&
           value >= low && value <= high;
}

static bool is_value(const struct cron_field *field, struct str text)
{
    for (size_t i = 0; i < field->word_count; i++) {
        if (str_eq_nocase(text, str_from(field->words[i])))
            return true;
    }
    return is_number(text, field->low, field->high);
}

/* '*', a, a-b; each also with "/step". */
static bool is_range(const struct cron_field *field, struct str item)
{
    size_t slash = str_find(item, '/');
    if (slash < item.len &&
        !is_number(str_slice(item, slash + 1, item.len), 1, field->high - field->low + 1))
        return false;
    item = str_slice(item, 0, slash);
    if (str_eq(item, STR("*")))
        return true;
    size_t dash = str_find(item, '-');
    return is_value(field, str_slice(item, 0, dash)) &&
           (dash == item.len || is_value(field, str_slice(item, dash + 1, item.len)));
}

/* L, LW, 15W in days of the month; L, 5L, 3#2 in days of the week. */
static bool is_special_day(const struct cron_field *field, struct str item)
{
    if (!field->is_day || item.len == 0)
        return false;
    if (str_eq(item, STR("L")))
        return true;
    struct str most = str_slice(item, 0, item.len - 1);
    if (field == &cron_fields[DAY_OF_MONTH])
        return str_ends(item, STR("W")) && (str_eq(most, STR("L")) || is_value(field, most));
    size_t hash = str_find(item, '#');
    if (hash < item.len)
        return is_value(field, str_slice(item, 0, hash)) &&
               is_number(str_slice(item, hash + 1, item.len), 1, 5);
    return str_ends(item, STR("L")) && is_value(field, most);
}

static bool is_field(const struct cron_field *field, struct str text)
{
    struct str item;
    if (str_eq(text, STR("?")))
        return field->is_day;
    while (str_split(&text, ',', &item)) {
        if (!is_range(field, item) && !is_special_day(field, item))
            return false;
    }
    return true;
}

static enum error_code wrong_field(const struct cron_field *field, struct str text,
                                   struct error *err)
{
    return error_set(err, E_SYNTAX,
                     "'%.*s' is nothing that the %s of a schedule can be: %lld to %lld%s, lists "
                     "(1,2), ranges (1-5), steps (0/10), *%s",
                     STR_ARG(str_slice(text, 0, 60)), field->name, (long long)field->low,
                     (long long)field->high,
                     field->words == months ? " or JAN to DEC"
                     : field->words == days ? " or SUN to SAT"
                                            : "",
                     field->is_day ? ", ?, L" : "");
}

enum error_code schedule_from_cron(struct arena *arena, struct str text, struct str *out,
                                   struct error *err)
{
    struct str inner = unwrap(text, STR("cron("));
    struct str fields[CRON_FIELDS];
    size_t count = 0;
    struct str rest = inner;
    struct str word;
    if (inner.len > LIMIT_SCHEDULE_BYTES)
        return error_set(err, E_LIMIT, "a schedule is at most %d bytes long", LIMIT_SCHEDULE_BYTES);
    while (str_split(&rest, ' ', &word)) {
        if (word.len == 0)
            continue;
        if (count < CRON_FIELDS)
            fields[count] = word;
        count++;
    }
    if (count != CRON_FIELDS)
        return error_set(err, E_SYNTAX,
                         "'%.*s' has %zu field%s, not six: minutes, hours, day of month, month, "
                         "day of week, year, as in '0/10 8-18 ? * MON-FRI *'",
                         STR_ARG(str_slice(inner, 0, 100)), count, count == 1 ? "" : "s");
    for (size_t i = 0; i < CRON_FIELDS; i++) {
        if (!is_field(&cron_fields[i], fields[i]))
            return wrong_field(&cron_fields[i], fields[i], err);
    }
    if (str_eq(fields[DAY_OF_MONTH], STR("?")) == str_eq(fields[DAY_OF_WEEK], STR("?")))
        return error_set(err, E_SYNTAX,
                         "exactly one of day of month and day of week must be '?', as in "
                         "'0/10 8-18 ? * MON-FRI *'");
    *out = arena_printf(arena, "cron(%.*s %.*s %.*s %.*s %.*s %.*s)", STR_ARG(fields[0]),
                        STR_ARG(fields[1]), STR_ARG(fields[2]), STR_ARG(fields[3]),
                        STR_ARG(fields[4]), STR_ARG(fields[5]));
    return E_OK;
}
