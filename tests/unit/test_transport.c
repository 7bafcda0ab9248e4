/* http: where redirects lead, what can be signed, and the real transport's promises that need no
 * network. With networks: tests/integration/test_transport.py. */
#include "unit.h"

#include "base/arena.h"
#include "http/curl.h"
#include "http/signing.h"
#include "http/url.h"

static void urls_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *url; /* NULL: refused */
        const char *host;
        const char *user;
    } rows[] = {
        {"http://example.com", "http://example.com/", "example.com", ""},
        {"HTTP://Example.com:80/a", "http://Example.com:80/a", "Example.com", ""},
        {"https://example.com:8443/a?b#c", "https://example.com:8443/a?b#c", "example.com:8443",
         ""},
        {"http://u:p@[::1]:81/", "http://u:p@[::1]:81/", "[::1]:81", "u"},
        {"http://h/a b\xC3\xBC?c d", "http://h/a%20b%C3%BC?c%20d", "h", ""},
        {"http://u%40x:@h/", "http://u%40x:@h/", "h", "u%40x"},
        {"http://h?q", "http://h/?q", "h", ""},
        {"", NULL, NULL, NULL},
        {"example.com/a", NULL, NULL, NULL},
        {"/a", NULL, NULL, NULL},
        {"ftp://h/", NULL, NULL, NULL},
        {"http://", NULL, NULL, NULL},
        {"http:///a", NULL, NULL, NULL},
        {"http://h:99999/", NULL, NULL, NULL},
        {"http://h/\r\nX: y", NULL, NULL, NULL},
        {"http://h\x7F/", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena CLEANUP(arena_release) = ARENA_INIT;
        struct url url = {.port = 0};
        struct error err = ERROR_INIT;
        print_message("%s\n", rows[i].text);
        enum error_code code = url_parse(&arena, str_from(rows[i].text), &url, &err);
        assert_int_equal(code, rows[i].url != NULL ? E_OK : E_SYNTAX);
        if (code != E_OK)
            continue;
        assert_str(url.text, rows[i].url);
        assert_str(url.host, rows[i].host);
        assert_str(url.user, rows[i].user);
    }
}

static void redirects_keep_secrets_home(void **state)
{
    (void)state;
    static const struct {
        const char *first;
        const char *from;
        const char *location;
        const char *to; /* NULL: refused */
    } rows[] = {
        {"http://u:p@a/x/y", "http://u:p@a/x/y", "z?q", "http://u:p@a/x/z?q"},
        {"http://u:p@a/x/y", "http://u:p@a/x/y", "/z", "http://u:p@a/z"},
        {"http://u:p@a/", "http://u:p@a/", "//A/z", "http://u:p@A/z"},
        {"http://u:p@a/", "http://u:p@a/", "//b/z", "http://b/z"},
        {"http://u:p@a/", "http://u:p@a/", "http://a:81/z", "http://a:81/z"},
        {"http://u:p@a/", "http://u:p@a/", "https://a/z", "https://u:p@a/z"},
        {"http://u:p@a/", "http://u:p@a/", "https://a:8443/z", "https://a:8443/z"},
        {"http://u:p@a:81/", "http://u:p@a:81/", "https://a/z", "https://a/z"},
        {"http://u:p@a/", "http://u:p@a/", "http://r:s@a/z", "http://u:p@a/z"},
        {"http://u:p@a/", "http://u:p@a/", "http://r:s@b/z", "http://b/z"},
        {"http://a/", "http://a/", "http://r:s@a/z", "http://a/z"},
        {"http://u:p@a/", "http://b/", "c", "http://b/c"},
        {"http://u:p@a/", "http://b/", "http://a/c", "http://u:p@a/c"},
        {"http://u:p@a/", "http://u:p@a/", "http://a@b/z", "http://b/z"},
        {"http://u:p@a/", "http://u:p@a/", "http://a%00.b/", NULL},
        {"https://u:p@a/", "https://u:p@a/", "http://a/", NULL},
        {"https://a/", "https://b/", "http://b/", NULL},
        {"http://a/", "http://a/", "file:///etc/passwd", NULL},
        {"http://a/", "http://a/", "javascript:alert(1)", NULL},
        {"http://a/", "http://a/", "http://b/\x01", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena CLEANUP(arena_release) = ARENA_INIT;
        struct url first;
        struct url from;
        struct url to = {.port = 0};
        struct error err = ERROR_INIT;
        print_message("%s → %s\n", rows[i].from, rows[i].location);
        assert_int_equal(url_parse(&arena, str_from(rows[i].first), &first, &err), E_OK);
        assert_int_equal(url_parse(&arena, str_from(rows[i].from), &from, &err), E_OK);
        enum error_code code =
            url_redirect(&arena, &first, &from, str_from(rows[i].location), &to, &err);
        assert_int_equal(code, rows[i].to != NULL ? E_OK : E_PROTOCOL);
        if (code == E_OK)
            assert_str(to.text, rows[i].to);
    }
}

static void only_what_is_signed_rightly_is_signed(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *region;
        const char *header;
        bool is_fine;
    } rows[] = {
        {"https://ecs.eu-west-1.amazonaws.com/", "eu-west-1", "X-Amz-Target", true},
        {"http://127.0.0.1:5000", "eu-west-1", "X-Amz-Target", true},
        {"https://h/a-b_c.d~e/", "eu-west-1", "X-Amz-Target", true},
        {"https://h/?a=1&b=%2F", "eu-west-1", "X-Amz-Target", true},
        {"https://h/a%20b", "eu-west-1", "X-Amz-Target", false},
        {"https://h/a:b", "eu-west-1", "X-Amz-Target", false},
        {"https://h/?b=1&a=1", "eu-west-1", "X-Amz-Target", false},
        {"https://h/?a", "eu-west-1", "X-Amz-Target", false},
        {"https://h/?a=%2f", "eu-west-1", "X-Amz-Target", false},
        {"https://u:p@h/", "eu-west-1", "X-Amz-Target", false},
        {"https://u@h", "eu-west-1", "X-Amz-Target", false},
        {"https://h/", "", "X-Amz-Target", false},
        {"https://h/", "eu:west", "X-Amz-Target", false},
        {"https://h/", "a234567890123456789012345678901234567890123456789012345678901234567",
         "X-Amz-Target", false},
        {"https://h/", "eu-west-1", "x-amz-date", false},
        {"https://h/", "eu-west-1", "Expect", false},
        {"https://h/", "eu-west-1", "ACCEPT", false},
        {"https://h/", "eu-west-1", "Content-Type", false},   /* twice */
        {"https://h/", "eu-west-1", "content-typ", false},    /* beginning of another */
        {"https://h/", "eu-west-1", "Content-Type-X", false}, /* another begins with it */
        {"https://h/", "eu-west-1", "", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct http_signing signing = {.access_key_id = STR("A"),
                                             .secret_access_key = STR("S"),
                                             .region = str_from(rows[i].region),
                                             .service = STR("ecs")};
        const struct http_header headers[] = {{STR("Content-Type"), STR("x")},
                                              {str_from(rows[i].header), STR("y")}};
        const struct http_request request = {.method = STR("POST"),
                                             .url = str_from(rows[i].url),
                                             .headers = headers,
                                             .header_count = 2,
                                             .signing = &signing};
        struct error err = ERROR_INIT;
        print_message("%s %s %s\n", rows[i].url, rows[i].region, rows[i].header);
        assert_int_equal(signing_check(&request, &err), rows[i].is_fine ? E_OK : E_PROTOCOL);
    }
}

struct count {
    int calls;
    enum error_code code;
    bool may_have_arrived;
    struct transport *transport;
    struct count *next; /* what on_done asks for in turn */
};

static void ask(struct transport *transport, const char *url, struct count *count);

static void on_done(void *context, const struct http_response *response)
{
    struct count *count = context;
    count->calls++;
    count->code = response->code;
    count->may_have_arrived = response->may_have_arrived;
    if (count->next != NULL)
        ask(count->transport, "no url", count->next);
}

static void ask(struct transport *transport, const char *url, struct count *count)
{
    const struct http_request request = {.method = STR("GET"), .url = str_from(url)};
    count->transport = transport;
    transport_send(transport, &request, on_done, count);
}

static void on_timer(void *context)
{
    ((struct count *)context)->calls++;
}

static struct transport *open_transport(void)
{
    const struct curl_options options = {.parallel = 2};
    struct transport *transport = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(transport_curl_new(&options, &transport, &err), E_OK);
    return transport;
}

static void answers_come_from_the_loop_only(void **state)
{
    (void)state;
    struct transport *transport = open_transport();
    struct count second = {.calls = 0};
    struct count first = {.next = &second};
    struct count timer = {.calls = 0};
    assert_false(transport_step(transport, transport_now_ms(transport)));
    ask(transport, "no url", &first);
    transport_after(transport, 0, on_timer, &timer);
    assert_int_equal(first.calls + timer.calls, 0);
    transport_run(transport, transport_now_ms(transport) + 60000);
    assert_int_equal(first.calls, 1);
    assert_int_equal(first.code, E_SYNTAX);
    assert_int_equal(second.calls, 1);
    assert_int_equal(timer.calls, 1);
    assert_false(transport_step(transport, transport_now_ms(transport)));
    transport_free(transport);
}

static void a_closed_transport_sends_nothing(void **state)
{
    (void)state;
    struct transport *transport = open_transport();
    struct count second = {.calls = 0};
    struct count first = {.next = &second};
    struct count timer = {.calls = 0};
    transport_close(transport);
    ask(transport, "http://127.0.0.1:1/", &first);
    transport_after(transport, 3600000, on_timer, &timer);
    assert_int_equal(first.calls, 0);
    while (transport_step(transport, transport_now_ms(transport)))
        continue;
    assert_int_equal(first.calls, 1);
    assert_int_equal(first.code, E_DEADLINE);
    assert_false(first.may_have_arrived);
    assert_int_equal(second.code, E_DEADLINE);
    assert_int_equal(timer.calls, 1);
    transport_open(transport);
    first = (struct count){.calls = 0};
    ask(transport, "http://127.0.0.1:1/", &first);
    transport_run(transport, transport_now_ms(transport) + 60000);
    assert_int_equal(first.code, E_NETWORK);
    assert_false(first.may_have_arrived);
    transport_free(transport);
}

static void what_is_outstanding_is_dropped_with_the_transport(void **state)
{
    (void)state;
    struct transport *transport = open_transport();
    struct count counts[3] = {{.calls = 0}};
    for (int i = 0; i < 3; i++)
        ask(transport, "http://192.0.2.1/", &counts[i]);
    transport_after(transport, 1, on_timer, &counts[0]);
    transport_step(transport, transport_now_ms(transport));
    transport_free(transport);
    assert_int_equal(counts[1].calls + counts[2].calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_read),
        cmocka_unit_test(redirects_keep_secrets_home),
        cmocka_unit_test(only_what_is_signed_rightly_is_signed),
        cmocka_unit_test(answers_come_from_the_loop_only),
        cmocka_unit_test(a_closed_transport_sends_nothing),
        cmocka_unit_test(what_is_outstanding_is_dropped_with_the_transport),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
