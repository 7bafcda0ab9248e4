#include "cloud/aws/errors.h"
#include "cloud/aws/retry.h"
#include "tests_fuzz.h"

#include "base/banned.h"

/* First byte: the status; up to the first line's end: a header's value; then the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"x-amzn-query-error", "x-amzn-errortype", "date",
                                        "retry-after"};
    static const int statuses[] = {400, 403, 429, 500, 200};
    struct str text = {.ptr = (const char *)data, .len = size};
    unsigned first = size > 0 ? data[0] : 0;
    struct str rest = str_slice(text, 1, text.len);
    size_t end = str_find(rest, '\n');
    struct http_header header = {.name = str_from(names[first % ARRAY_LEN(names)]),
                                 .value = str_slice(rest, 0, end)};
    struct http_response response = {.status = statuses[(first / 4) % ARRAY_LEN(statuses)],
                                     .body = str_slice(rest, end + 1, rest.len),
                                     .headers = &header,
                                     .header_count = 1};
    struct aws_asked asked = {"ecs", "Operation", "ecs:Operation", 0};
    struct error err = ERROR_INIT;
    struct error problem = ERROR_INIT;
    if (response.status == 200)
        aws_error_malformed(&response, &asked, &problem, &err);
    else
        aws_error_judge(&response, &asked, &err);
    return aws_retry_hint(&response, 0) < 0 ? 1 : 0;
}
